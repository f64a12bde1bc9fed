const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');

/** Lets plain Node load the TypeScript sources, as jest's transform does: threads and child processes run outside of jest. */
require.extensions['.ts'] = (module, filename) => {
	const { code } = transformSync(readFileSync(filename, 'utf8'), {
		filename, jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' }, sourceMaps: 'inline',
	});
	module._compile(code, filename);
};
