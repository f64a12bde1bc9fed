import { sql } from 'kysely';

import type { Tx } from '../../store';
import type { StepRef } from '../types';

/** Whom a claim may take. */
export interface Room {
	ids: string[];
	/** When there is room for the next, where some must stay though they are due; null: nobody must. */
	freeAtMs: number | null;
}

/**
 * Slots say when somebody is due; that as many as are allowed also *leave* has to be asked again here. After n8n was down, or a journey was
 * paused, everybody whose slot has passed is due at the same time, and the service behind the throttle would get them all at once. So the claim
 * counts who left in the last stretch of time, and lets only as many go as that leaves room for, the first in the order of arrival.
 */
export async function roomFor(tx: Tx, step: StepRef, due: readonly string[]): Promise<Room> {
	const limit = await tx.first<{ people: number; per_ms: number }>(sql<{ people: number; per_ms: number }>`select people, per_ms from throttle where workflow = ${step.workflow} and step = ${step.step} ${tx.dialect.forUpdate}`);
	if (limit === undefined || due.length === 0) return { ids: [...due], freeAtMs: null };
	const left = await tx.all<{ left_at: number; people: number }>(sql<{ left_at: number; people: number }>`select left_at, people from throttle_left
		where workflow = ${step.workflow} and step = ${step.step} and left_at > ${tx.nowMs - limit.per_ms} order by left_at`);
	const room = limit.people - left.reduce((sum, { people }) => sum + people, 0);
	const isReal = await realPeople(tx, due);
	let real = 0;
	const ids = due.filter((id) => !isReal.has(id) || ++real <= room);
	if (ids.length === due.length) return { ids, freeAtMs: null };
	// Those whom this claim takes fill what room there is: the next one's comes when the first of those before have been gone for long enough.
	let open = Math.min(0, room);
	const oldest = left.find(({ people: count }) => (open += count) > 0);
	return { ids, freeAtMs: (oldest?.left_at ?? tx.nowMs) + limit.per_ms };
}

/** Of those whom the claim took: they count for as long as the limit's time. */
export async function noteLeft(tx: Tx, step: StepRef, claimed: readonly string[]): Promise<void> {
	const count = (await realPeople(tx, claimed)).size;
	if (count === 0) return;
	await tx.run(sql`insert into throttle_left (workflow, step, left_at, people) values (${step.workflow}, ${step.step}, ${tx.nowMs}, ${count})
		on conflict (workflow, step, left_at) do update set people = throttle_left.people + excluded.people`);
	await tx.run(sql`delete from throttle_left where workflow = ${step.workflow} and step = ${step.step}
		and left_at <= ${tx.nowMs} - (select per_ms from throttle where throttle.workflow = throttle_left.workflow and throttle.step = throttle_left.step)`);
}

/** Without test people on a virtual clock, who take nobody's place. */
async function realPeople(tx: Tx, ids: readonly string[]): Promise<Set<string>> {
	const rows = await tx.all<{ id: string }>(sql<{ id: string }>`select t.id from token t join enrollment e on e.id = t.enrollment where ${tx.dialect.anyOf(sql`t.id`, ids)} and e.time_scale = 1`);
	return new Set(rows.map(({ id }) => id));
}
