const base = require('./jest.config.js');

/** A real n8n, a real browser, a real inbox: minutes, one file at a time. */
module.exports = {
	...base,
	testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
	testPathIgnorePatterns: ['/node_modules/'],
	// The tests use demo/*.mjs; only the packages installed beside them stay out of jest's map.
	modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.demo/', '<rootDir>/demo/n8n/', '<rootDir>/demo/inbox/'],
	maxWorkers: 1,
	testTimeout: 600_000,
};
