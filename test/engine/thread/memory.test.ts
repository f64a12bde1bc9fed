import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { emptyDatabase } from '../databases';

const run = promisify(execFile);

interface Seen {
	seen: unknown[];
	after: number;
	profiles: number;
	logged: string[];
}

it('an engine thread that runs out of memory ends alone: every caller is told what to do, and the next call finds a new one', async () => {
	const { database, drop } = await emptyDatabase('sqlite');
	if (database.kind !== 'sqlite') throw new Error('unexpected');

	// A process of its own, since the limit is that of the process, as the operator sets it.
	const { stdout } = await run(
		process.execPath,
		['--max-old-space-size=96', '--require', join(__dirname, 'from-source.cjs'), join(__dirname, 'memory-process.ts'), database.file],
		{ timeout: 50_000 },
	);

	const { seen, after, profiles, logged } = JSON.parse(stdout) as Seen;
	const refusal = {
		code: 'THREAD_DIED',
		message: 'The journeys engine ended in the middle of profiles.upsert (ERR_WORKER_OUT_OF_MEMORY); whether it took effect is not known. It starts again with the next call.'
			+ ' It ran out of memory: give n8n more (NODE_OPTIONS=--max-old-space-size) or use smaller batches.',
		details: { during: 'profiles.upsert', cause: 'ERR_WORKER_OUT_OF_MEMORY' },
	};
	expect(seen).toEqual([refusal, refusal]);
	expect([after, profiles]).toEqual([1, 2]);
	expect(logged.filter((line) => line.startsWith('started'))).toHaveLength(2);
	expect(logged.find((line) => line.includes('thread ended'))).toContain('ERR_WORKER_OUT_OF_MEMORY');
	await drop();
});
