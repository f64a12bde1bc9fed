import { setTimeout as sleep } from 'node:timers/promises';

import { sql } from 'kysely';

import { createEngine, systemClock, type LocalEngine } from '../../engine';
import { journeyId } from '../../engine/journeys';
import { contact, OURS } from './flows';

const BATCH = 500;
/** Far enough ahead for a pump that polls every second to know of it. */
const AHEAD_MS = 4_000;
const LONGEST_MS = 600_000;

/** The engine's database as n8n's nodes use it, from beside. With a clock of its own the engine does nothing by itself. */
export async function openJourneys(file: string): Promise<LocalEngine> {
	return await createEngine({ database: { kind: 'sqlite', file }, clock: systemClock });
}

export async function seedPeople(engine: LocalEngine, people: number): Promise<void> {
	for (const batch of batches(people)) {
		await engine.events.ingest(batch.map((n) => {
			const { event: _event, ...traits } = contact(n);
			return { type: 'identify' as const, userId: `user-${n}`, traits };
		}), { source: 'bench', historical: true });
	}
}

/** Everybody does what starts the journey, and is parked at the Journey Wait by n8n. Not measured. */
export async function parkEverybody(engine: LocalEngine, people: number): Promise<void> {
	let entered = 0;
	for (const batch of batches(people)) {
		const report = await engine.events.ingest(batch.map((n) => ({
			type: 'track' as const, userId: `user-${n}`, event: OURS.event, properties: contact(n).event,
		})), { source: 'bench' });
		entered += report.entered;
	}
	if (entered !== people) throw new Error(`Only ${entered} of ${people} people entered the journey.`);
	await until('everybody is parked', async () => (await count(engine, sql`select count(*) as n from token where place = (select place from step where step = ${OURS.wait}) and state = 'parked'`)) === people
		&& (await count(engine, sql`select count(*) as n from token`)) === people);
}

/**
 * Moves the end of all waits to one moment, so that entering is not measured along, and lets n8n wake everybody.
 * Answers with the time from that moment to the end of the last enrollment, as the engine recorded it.
 */
export async function wakeEverybody(engine: LocalEngine, people: number, meter: () => number | null): Promise<{ wallMs: number; cpuMs: number | null }> {
	const dueMs = systemClock.nowMs() + AHEAD_MS;
	await engine.store.tx('bench-due', async (tx) => void (await tx.run(sql`update token set due_at = ${dueMs} where place = (select place from step where step = ${OURS.wait}) and state = 'parked'`)));
	await sleep(dueMs - systemClock.nowMs() - 50);
	const cpuBefore = meter();
	const active = sql`select count(*) as n from enrollment where journey = ${journeyId({ workflow: OURS.id, step: 'wake-bench-trigger' })} and state = 'active'`;
	await until('everybody has gone on', async () => (await count(engine, active)) === 0);
	const cpuAfter = meter();
	const ended = await engine.store.read((reader) => reader.first<{ people: number; first: number; last: number }>(
		sql<{ people: number; first: number; last: number }>`select count(*) as people, min(ended_at) as first, max(ended_at) as last from enrollment
			where state = 'completed' and ended_at >= ${dueMs}`,
	));
	// Whoever ended otherwise (held, exited, before the time) was not woken by what is measured.
	if (ended?.people !== people) throw new Error(`Of ${people} people ${ended?.people ?? 0} completed the journey after their wait.`);
	return { wallMs: ended.last - dueMs, cpuMs: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore };
}

function* batches(people: number): Generator<number[]> {
	for (let from = 0; from < people; from += BATCH) yield Array.from({ length: Math.min(BATCH, people - from) }, (_none, n) => from + n);
}

async function count(engine: LocalEngine, query: ReturnType<typeof sql>): Promise<number> {
	const row = await engine.store.read((reader) => reader.first<{ n: number }>(query as ReturnType<typeof sql<{ n: number }>>));
	return Number(row?.n ?? 0);
}

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
	const deadline = performance.now() + LONGEST_MS;
	while (!(await check())) {
		if (performance.now() > deadline) throw new Error(`Waited ${LONGEST_MS / 1000} s until ${what}.`);
		await sleep(100);
	}
}
