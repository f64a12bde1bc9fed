import { openEngine, WAITS } from './parked';

/** Of a process that has the engine open, after its garbage is collected. */
export interface Held {
	rssBytes: number;
	heapBytes: number;
}

/** A fresh process, by bench/wake/engine.ts: what n8n does all day while people are parked, and what it then has in memory. Argument: the database. */
async function hold(file: string): Promise<Held> {
	const engine = await openEngine(file);
	for (let poll = 0; poll < 100; poll += 1) {
		await engine.journeys.beat(WAITS[0]);
		const { items } = await engine.journeys.claim(WAITS[0], { limit: 500, leaseMs: 30_000 });
		if (items.length > 0) throw new Error('Nobody is due.');
		await engine.tick();
	}
	global.gc?.();
	const { rss, heapUsed } = process.memoryUsage();
	await engine.close();
	return { rssBytes: rss, heapBytes: heapUsed };
}

void hold(process.argv[2] ?? '').then((held) => process.stdout.write(JSON.stringify(held)));
