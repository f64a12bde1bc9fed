import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { node24, node24Environment, root } from './places.mjs';
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
	const memory = memoryFolder();
	try {
		return await show(node, ['--no-node-snapshot', '--disable-warning=ExperimentalWarning', ...program], { env: node24Environment(memory === null ? {} : { TMPDIR: memory }) });
	} finally {
		if (memory !== null) rmSync(memory, { recursive: true, force: true });
	}
}

const SHARED_MEMORY = '/dev/shm';
const ENOUGH_BYTES = 6 * 1024 ** 3;

/** Where there is room in memory the tests' databases lie there: their thousands of commits then do not wait for a slow disk. Null: the system's temporary folder. */
function memoryFolder() {
	try {
		const { bavail, bsize } = statfsSync(SHARED_MEMORY);
		if (process.env.TMPDIR !== undefined || bavail * bsize < ENOUGH_BYTES) return null;
		const folder = mkdtempSync(join(SHARED_MEMORY, 'journeys-'));
		// PostgreSQL runs as a user of its own when we are root.
		chmodSync(folder, 0o755);
		return folder;
	} catch {
		return null;
	}
}
