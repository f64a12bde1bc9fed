import { sql } from 'kysely';

import type { Tallied } from '../journeys';
import type { Reader, Tx } from '../store';
import { HOUR_MS, LEARNED_HOURS, type Hours } from './measures';

interface Counted {
	journey: string;
	at: number;
	kind: Tallied;
	people: number;
}

/** One process at a time counts and looks, until the commit: two that each see half of what happened would both find nothing unusual. */
export async function takeTurn(tx: Tx): Promise<void> {
	await tx.run(sql`insert into setting (key, value, updated_at) values ('alerts_turn', ${tx.dialect.json({})}, ${tx.nowMs}) on conflict (key) do update set updated_at = excluded.updated_at`);
}

/** Adds up a slice of what was counted; answers with the journeys and how many rows there were. Hours that are too old to learn from go. */
export async function addUp(tx: Tx, slice: number): Promise<{ journeys: string[]; rows: number }> {
	const counted = await tx.all<Counted>(sql<Counted>`delete from journey_tally_new where id in (select id from journey_tally_new order by id limit ${slice}) returning journey, at, kind, people`);
	if (counted.length === 0) return { journeys: [], rows: 0 };
	const sums = new Map<string, { journey: string; hour: number; kind: Tallied; people: number }>();
	for (const { journey, at, kind, people } of counted) {
		const hour = Math.floor(at / HOUR_MS);
		const key = JSON.stringify([journey, hour, kind]);
		sums.set(key, { journey, hour, kind, people: (sums.get(key)?.people ?? 0) + Number(people) });
	}
	await tx.run(sql`insert into journey_tally (journey, hour, kind, people) select r.journey, r.hour, r.kind, r.people
		from ${tx.dialect.rows([...sums.values()], { journey: 'text', hour: 'integer', kind: 'text', people: 'integer' }, 'r')} where 1 = 1
		on conflict (journey, hour, kind) do update set people = journey_tally.people + excluded.people`);
	const journeys = [...new Set(counted.map(({ journey }) => journey))];
	await tx.run(sql`delete from journey_tally where ${tx.dialect.anyOf(sql`journey`, journeys)} and hour < ${Math.floor(tx.nowMs / HOUR_MS) - LEARNED_HOURS}`);
	return { journeys, rows: counted.length };
}

/** What was counted of each journey in the last so many hours, by the primary key. */
export async function hoursOf(reader: Reader, journeys: readonly string[], hours: number): Promise<Map<string, Hours>> {
	const rows = await reader.all<{ journey: string; hour: number; kind: Tallied; people: number }>(sql<{ journey: string; hour: number; kind: Tallied; people: number }>`select journey, hour, kind, people from journey_tally
		where ${reader.dialect.anyOf(sql`journey`, journeys)} and hour > ${Math.floor(reader.nowMs / HOUR_MS) - hours}`);
	const found = new Map<string, Hours>(journeys.map((journey) => [journey, new Map()]));
	for (const { journey, hour, kind, people } of rows) {
		const mine = found.get(journey);
		mine?.set(Number(hour), { ...mine.get(Number(hour)), [kind]: Number(people) });
	}
	return found;
}
