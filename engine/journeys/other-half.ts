import { sql } from 'kysely';

import { eventMatchSql } from '../events';
import { storedObject } from '../profiles';
import type { Store, Tx } from '../store';
import { exitEnrollments } from './end';
import type { JourneyConfig } from './types';

/** An enrollment of a merged person: the event numbers that were its half's own are (after, upTo], of `total` that the person has now. */
export interface Half {
	enrollment: number;
	after: number;
	upTo: number;
	total: number;
}

/**
 * What the other half of the person did while this one was in a journey, and what would have ended it: who bought as a guest must not
 * be reminded of the cart. Counted from the entry on, by arrival and by its own time, as for events that come after the merge. Two
 * statements, and two a journey that such an event ends. Answers with those that ended.
 */
export async function exitOnOtherHalf(tx: Tx, halves: readonly Half[]): Promise<number[]> {
	if (halves.length === 0) return [];
	const ids = halves.map(({ enrollment }) => enrollment);
	const journeys = await tx.all(sql<{ id: string; exit_name: string; config: unknown }>`select j.id, j.exit_name, j.config from journey j
		where j.exit_name <> '' and j.id in (select e.journey from enrollment e where ${tx.dialect.anyOf(sql`e.id`, ids)}) order by j.id`);
	const ended: number[] = [];
	for (const { id, exit_name: name, config } of journeys) {
		const { exitOn } = storedObject(config) as unknown as JourneyConfig;
		if (exitOn === undefined) continue;
		const leaving = await tx.all(sql<{ id: number }>`select distinct e.id from ${bounds(tx, halves)} cross join enrollment e cross join event ev
			where e.id = h.enrollment and ev.profile = e.profile and e.journey = ${id} and e.state = 'active' and ev.name = ${name} and not (ev.event_no > h.after and ev.event_no <= h."upTo") and ev.historical < 2
			and ev.received_at >= e.entered_at and ev.occurred_at >= e.started_at and (ev.enrollment is null or ev.enrollment = e.id) and ${eventMatchSql(tx.dialect, exitOn, 'ev')}`);
		await exitEnrollments(tx, leaving.map((row) => row.id), exitOn.event, null);
		ended.push(...leaving.map((row) => row.id));
	}
	return ended;
}

/** Whether an event `ev` came to the person of a token by a merge: its number says nothing about when it arrived. */
export const brought = sql`exists (select 1 from merged_events m where m.enrollment = token.enrollment and ev.event_no > m.above and ev.event_no <= m.upto)`;

/**
 * Which numbers came from the other half. They stand one behind the other, so no single number says what had happened at some time:
 * legs that a merge comes into remember it besides (beginLegs), and their next wait goes by both (lookBackAtHalves).
 */
export async function rememberHalves(tx: Tx, halves: readonly Half[]): Promise<void> {
	const foreign = halves.flatMap(({ enrollment, after, upTo, total }) => [{ enrollment, above: 0, upto: after }, { enrollment, above: upTo, upto: total }]).filter(({ above, upto }) => upto > above);
	if (foreign.length === 0) return;
	await tx.run(sql`insert into merged_events (enrollment, above, upto) select r.enrollment, r.above, r.upto
		from ${tx.dialect.rows(foreign, { enrollment: 'integer', above: 'integer', upto: 'integer' }, 'r')}`);
}

/** Legs under way: when they began. One that nobody has claimed yet will begin behind all numbers, unless it is the first or an event ended its wait. */
export async function beginLegs(tx: Tx, halves: readonly Half[]): Promise<void> {
	if (halves.length === 0) return;
	const entered = sql`parent is null`;
	const woken = sql`(select ev.received_at from event ev where ev.id = token.outcome_event)`;
	// After a failure the due time is that of the retry, later than the leg's beginning: rather an event too many than one missed.
	const claimed = sql`case when failures > 0 then parked_at when epoch = 1 then coalesce((select l.claimed_at from lease l where l.nonce = token.nonce), due_at) else due_at end`;
	await tx.run(sql`update token set since_at = case when ${entered} then parked_at else coalesce(${woken}, ${claimed}) end
		where ${tx.dialect.anyOf(sql`enrollment`, halves.map(({ enrollment }) => enrollment))} and since_at is null and (since_no is not null or ${entered} or outcome_event is not null)`);
}

/** The next leg of waits that an event of either half has ended: it begins when that arrived; by number, at the own half's newest event by then. */
export async function beginAtOutcome(tx: Tx, tokens: readonly string[]): Promise<void> {
	if (tokens.length === 0) return;
	const met = (column: 'received_at' | 'event_no') => sql`(select o.${sql.ref(column)} from event o where o.id = token.outcome_event)`;
	await tx.run(sql`update token set since_at = ${met('received_at')}, since_no = case
			when exists (select 1 from event ev where ev.id = token.outcome_event and ${brought})
			then coalesce((select max(ev.event_no) from event ev where ev.profile = token.profile and ev.received_at <= ${met('received_at')} and not ${brought}), 0)
			else ${met('event_no')} end
		where ${tx.dialect.anyOf(sql`id`, tokens)} and outcome_event is not null`);
}

/** What is kept of enrollments that have ended. */
export async function forgetEnded(store: Store): Promise<number> {
	return await store.tx('forget-halves', (tx) => tx.run(sql`delete from merged_events where not exists (select 1 from enrollment e where e.id = merged_events.enrollment and e.state = 'active')`));
}

/** A merge is taken back; the events of (off, top] go. `moved`: the enrollments that go with them; `staying`: the others. */
export async function forgetHalves(tx: Tx, { off, top, moved, staying }: { off: number; top: number; moved: readonly number[]; staying: readonly number[] }): Promise<void> {
	const { anyOf } = tx.dialect;
	if (moved.length > 0) {
		await tx.run(sql`delete from merged_events where ${anyOf(sql`enrollment`, moved)} and (above < ${off} or above >= ${top})`);
		await tx.run(sql`update merged_events set above = above - ${off}, upto = upto - ${off} where ${anyOf(sql`enrollment`, moved)}`);
	}
	if (staying.length > 0) {
		await tx.run(sql`delete from merged_events where ${anyOf(sql`enrollment`, staying)} and above >= ${off}`);
		await tx.run(sql`update merged_events set upto = ${off} where ${anyOf(sql`enrollment`, staying)} and upto > ${off}`);
	}
	// A wait that the other person's event has ended stays ended; what they did is theirs again.
	await tx.run(sql`update token set outcome_event = null where ${anyOf(sql`enrollment`, [...moved, ...staying])} and outcome_event is not null
		and not exists (select 1 from event ev where ev.id = token.outcome_event and ev.profile = token.profile)`);
}

function bounds(tx: Tx, halves: readonly Half[]) {
	return tx.dialect.rows(halves, { enrollment: 'integer', after: 'integer', upTo: 'integer' }, 'h');
}
