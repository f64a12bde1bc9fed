import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

import { createEngine } from '../../../engine/engine';
import type { ThreadStart } from '../../../engine/thread/protocol';
import { serve } from '../../../engine/thread/serve';

/**
 * The real engine, which dies once at the point that the file `crash` beside the database names:
 * `exit <point>` ends the thread there and then, `throw <point>` by an error that nobody catches; `reject <point>` leaves a
 * rejected promise that nobody handles; `hoard <point>` takes memory until there is none left.
 */
const { database } = workerData as ThreadStart;
const order = database.kind === 'sqlite' ? join(dirname(database.file), 'crash') : '';

function onPoint(point: string): void {
	if (!existsSync(order)) return;
	const [how, where] = readFileSync(order, 'utf8').split(' ');
	if (where !== point) return;
	rmSync(order);
	if (how === 'exit') process.exit(3);
	if (how === 'hoard') hoard();
	if (how === 'reject') return void Promise.reject(new TypeError('secret@example.com cannot be read'));
	setImmediate(() => {
		throw new TypeError('secret@example.com cannot be read');
	});
}

function hoard(): never {
	const hoarded: number[][] = [];
	for (;;) hoarded.push(Array.from({ length: 10_000 }, (_none, n) => n + hoarded.length + 0.5));
}

if (parentPort !== null) {
	void serve(parentPort, async (log) => {
		const engine = await createEngine({ database, log, onPoint });
		log.info('started');
		return engine;
	}, () => process.exit(0));
}
