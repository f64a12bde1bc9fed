import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const STREAMS = ['import of people', 'import of events', 'export of people', 'export of events', 'report of refused rows', 'undo'];

interface Result {
	failed?: string;
	details: Record<string, string | number>;
}

/** A process of its own: jest's heap grows by itself, and a collection must be asked for. */
async function bench(...flags: string[]): Promise<Result> {
	const { stdout } = await run(
		process.execPath, ['--expose-gc', '--disable-warning=ExperimentalWarning', '--require', join(__dirname, '..', 'thread', 'from-source.cjs'), join(__dirname, 'memory-process.ts'), ...flags], { timeout: 290_000 },
	);
	return JSON.parse(stdout) as Result;
}

it('imports, exports, a report of refused rows and an undo hold no more after 30,000 people than after 3,000', async () => {
	const { failed, details } = await bench('--rows=30000');

	expect(failed).toBeUndefined();
	expect(Object.keys(details).filter((name) => name.startsWith('held in the '))).toEqual(STREAMS.map((stream) => `held in the ${stream}`));
	for (const stream of ['import of people', 'export of people', 'undo']) expect(Number(/at (\d+) looks/.exec(String(details[`held in the ${stream}`]))?.[1])).toBeGreaterThanOrEqual(10);
}, 300_000);

it('and the benchmark that says so notices what keeps its rows', async () => {
	const { failed } = await bench('--rows=30000', '--buffer');

	expect(failed).toMatch(/^Memory grows with the file: import of people from /);
}, 300_000);
