import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { emptyDatabase } from '../databases';

const run = promisify(execFile);
const PEOPLE = 100_000;

interface Seen {
	heaps: Record<'profiles' | 'events' | 'export' | 'rejected' | 'undo', number[]>;
	exported: number;
	refused: number;
	removed: number;
}

it('an import, an export, a report of refused rows and an undo of 100,000 people take no more memory at the end than at the beginning', async () => {
	const { database, drop } = await emptyDatabase('sqlite');
	if (database.kind !== 'sqlite') throw new Error('unexpected');

	// A process of its own: jest's heap grows by itself, and a collection must be asked for.
	const { stdout } = await run(
		process.execPath,
		['--expose-gc', '--require', join(__dirname, '..', 'thread', 'from-source.cjs'), join(__dirname, 'memory-process.ts'), database.file, String(PEOPLE), '20000'],
		{ timeout: 170_000 },
	);

	const { heaps, exported, refused, removed } = JSON.parse(stdout) as Seen;
	expect([heaps.profiles, heaps.events, heaps.export].every((heap) => heap.length >= 10)).toBe(true);
	for (const heap of Object.values(heaps)) {
		const [first = 0] = heap;
		expect(heap.length).toBeGreaterThanOrEqual(2);
		expect(Math.max(...heap)).toBeLessThan(first + 4);
	}
	expect(exported).toBe(PEOPLE);
	expect(refused).toBe(20_000);
	// Those who have bought something since stay.
	expect(removed).toBe(PEOPLE - 20_000);
	await drop();
}, 180_000);
