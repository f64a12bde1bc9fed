const base = require('./jest.config.js');

/** Mock servers, one at a time; no database. */
module.exports = {
	...base,
	testMatch: ['<rootDir>/test/contract/**/*.test.ts'],
	testPathIgnorePatterns: ['/node_modules/'],
	globalSetup: undefined,
	globalTeardown: undefined,
	maxWorkers: 1,
};
