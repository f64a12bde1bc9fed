/**
 * swc transforms, tsc checks. The .mjs files are ours (demo/): as CommonJS the tests can use them, since
 * jest loads ES modules only under an experimental flag.
 */
module.exports = {
	testEnvironment: 'node',
	testMatch: ['<rootDir>/test/**/*.test.ts'],
	testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/', '<rootDir>/test/contract/'],
	// The tests use demo/*.mjs; only the packages installed beside them stay out of jest's map.
	modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.demo/', '<rootDir>/demo/n8n/', '<rootDir>/demo/inbox/', '<rootDir>/test/contract/prism/'],
	// import() of our own files names them with .js, as Node wants; the sources are .ts.
	moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
	transform: {
		'^.+\\.(ts|mjs)$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } }],
	},
	globalSetup: '<rootDir>/test/engine/start-postgres.cjs',
	globalTeardown: '<rootDir>/test/engine/stop-postgres.cjs',
	// One less than the cores, jest's own choice, is on two cores one process for everything: three times as long.
	maxWorkers: '100%',
	testSequencer: '<rootDir>/test/longest-first.cjs',
	testTimeout: 180_000,
};
