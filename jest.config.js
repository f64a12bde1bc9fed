/** Node's own type stripping is not enough for decorators and enums of dependencies: swc transforms, tsc checks. */
module.exports = {
	testEnvironment: 'node',
	testMatch: ['<rootDir>/test/**/*.test.ts'],
	testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/'],
	modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/demo/', '<rootDir>/.demo/'],
	transform: {
		'^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } }],
	},
	globalSetup: '<rootDir>/test/engine/start-postgres.cjs',
	globalTeardown: '<rootDir>/test/engine/stop-postgres.cjs',
	testTimeout: 60_000,
};
