import { node24, root } from './places.mjs';
import { say } from './progress.mjs';
import { show, withNode24 } from './run.mjs';

/** Each check shows its output and returns its exit code. */

export async function typeCheck() {
	say('Type check (tsconfig.test.json; the build checked tsconfig.json)');
	return await show(...withNode24('typescript/bin/tsc', '-p', 'tsconfig.test.json'));
}

/** @param {string[]} [args] For eslint: files, --fix. All files by default. */
export async function lint(args = []) {
	say('Lint');
	const listed = await show(node24, ['scripts/list-nodes.mjs', '--check']);
	const files = args.some((arg) => !arg.startsWith('-')) ? args : [...args, '.'];
	const linted = await show(...withNode24('eslint/bin/eslint.js', '--max-warnings', '0', ...files), { cwd: root });
	return listed || linted;
}

/** @param {string} config Jest's configuration file. @param {string[]} args Passed on to jest. */
export async function jest(config, args) {
	say(`Tests (jest, ${config})`);
	// n8n-core's expression isolate needs --no-node-snapshot; node:sqlite's experimental warning says nothing to a reader.
	const [node, program] = withNode24('jest/bin/jest.js', '--config', config, ...args);
	return await show(node, ['--no-node-snapshot', '--disable-warning=ExperimentalWarning', ...program]);
}
