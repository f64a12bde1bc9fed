import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

import { systemClock } from '../../engine';
import { journeyFlow, OURS } from './flows';
import { startN8n } from './n8n';
import { openJourneys, parkEverybody, seedPeople } from './ours';
import { copyParked } from './parked';

const P99_LIMIT_MS = 1_500;

const COMING = 600;
/** On average one each; not in step with anything that happens every second. */
const APART_MS = 97;
const AHEAD_MS = 20_000;
const LONGEST_MS = 300_000;

/**
 * In a real n8n of its own: people wait for days at a Journey Wait, and 600 others come due there one by one, one each 97 ms. How long after their due
 * time each had been through the nodes behind the wait, by the Journey Goal's own record. One person is parked by n8n; the others are copies
 * of that person's rows, made by set-based SQL. Option: waiting (100,000).
 */
export async function wakeOneByOne(options: Record<string, string>) {
	const waiting = Number(options.waiting ?? 100_000);
	const few = await latencies(0);
	const many = await latencies(waiting);
	const p99 = quantile(many, 0.99);
	return {
		bench: 'wake, one by one', unit: 'ms at the 99th percentile', ours: p99, baseline: quantile(few, 0.99), ratio: Number((quantile(few, 0.99) / p99).toFixed(3)),
		details: {
			'measured, one by one': `a real n8n; ${COMING} contacts due one each ${APART_MS} ms, until each had reached the Journey Goal behind the wait`,
			[`late, while ${waiting} others wait`]: `${told(many)} (99 % within ${P99_LIMIT_MS} ms: ${p99 < P99_LIMIT_MS ? 'kept' : 'BROKEN'})`,
			'late, while nobody else waits': told(few),
		},
	};
}

function told(sorted: readonly number[]): string {
	return `${[0.5, 0.9, 0.99, 1].map((share) => quantile(sorted, share)).join(', ')} ms (50, 90, 99, 100 %)`;
}

/** Sorted, in milliseconds. */
async function latencies(waiting: number): Promise<number[]> {
	const n8n = await startN8n();
	try {
		await n8n.publish(journeyFlow(500, false));
		const engine = await openJourneys(n8n.journeys);
		await seedPeople(engine, 1);
		await parkEverybody(engine, 1);
		await engine.close();
		const database = new DatabaseSync(n8n.journeys, { timeout: 30_000 });
		try {
			return await comeDue(database, waiting);
		} finally {
			database.close();
		}
	} finally {
		await n8n.stop();
	}
}

async function comeDue(database: DatabaseSync, waiting: number): Promise<number[]> {
	const firstMs = systemClock.nowMs() + AHEAD_MS;
	database.exec('begin immediate');
	const from = copyParked(database, waiting + COMING, `case when n <= ${COMING} then ${firstMs} + n * ${APART_MS} else ${firstMs + 30 * 86_400_000} + n end`);
	database.exec('commit');
	if (systemClock.nowMs() > firstMs) throw new Error('Copying the people took too long: the first of them was due before they were there. Choose fewer (--waiting=10000).');
	const reached = database.prepare(`select enrollment, reached_at as at from goal where enrollment >= ${from}`);
	const lastMs = firstMs + COMING * APART_MS;
	await sleep(lastMs - systemClock.nowMs());
	while (reached.all().length < COMING) {
		if (systemClock.nowMs() > lastMs + LONGEST_MS) throw new Error(`Of ${COMING} contacts only ${reached.all().length} reached ${OURS.id}'s goal.`);
		await sleep(200);
	}
	const rows = reached.all() as Array<{ enrollment: number; at: number }>;
	return rows.map(({ enrollment, at }) => at - (firstMs + (enrollment - from + 1) * APART_MS)).sort((a, b) => a - b);
}

/** Of sorted values: the one that so large a share does not exceed. */
function quantile(sorted: readonly number[], share: number): number {
	return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
