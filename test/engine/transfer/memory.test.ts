import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { emptyDatabase } from '../databases';

const run = promisify(execFile);
const PEOPLE = 100_000;

interface Seen {
	heaps: Record<'profiles' | 'events' | 'export', number[]>;
	exported: number;
}

it('an import and an export of 100,000 people take no more memory at the end than at the beginning', async () => {
	const { database, drop } = await emptyDatabase('sqlite');
	if (database.kind !== 'sqlite') throw new Error('unexpected');

	// A process of its own: jest's heap grows by itself, and a collection must be asked for.
	const { stdout } = await run(
		process.execPath,
		['--expose-gc', '--require', join(__dirname, '..', 'thread', 'from-source.cjs'), join(__dirname, 'memory-process.ts'), database.file, String(PEOPLE), '20000'],
		{ timeout: 170_000 },
	);

	const { heaps, exported } = JSON.parse(stdout) as Seen;
	for (const heap of Object.values(heaps)) {
		const [first = 0] = heap;
		expect(heap.length).toBeGreaterThanOrEqual(10);
		expect(Math.max(...heap)).toBeLessThan(first + 4);
	}
	expect(exported).toBe(PEOPLE);
	await drop();
}, 180_000);
