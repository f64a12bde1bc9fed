const base = require('./jest.config.js');

/** A real n8n, a real browser, a real inbox: minutes, one file at a time. */
module.exports = {
	...base,
	testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
	testPathIgnorePatterns: ['/node_modules/'],
	maxWorkers: 1,
	testTimeout: 600_000,
};
