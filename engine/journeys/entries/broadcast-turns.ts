import { sql } from 'kysely';

import { lockProfiles } from '../../profiles';
import type { Store } from '../../store';
import { noteProblem } from '../step';
import { askedBy, letIn, readRun, type Asking } from './broadcast-slice';
import { journeysWhere, startsBy } from './listening';

const BATCH = 500;
/** The rule asks for something that was deleted. */
const AGAIN_AFTER_MS = 60_000;

interface TurnRow {
	journey: string;
	occurs_at: number;
	profile: number;
}

/** People of a run whose own hour has come, still asked for by the rule; answers with how many there were. One run a transaction. */
export async function takeTurns(store: Store, segments: Asking): Promise<number> {
	return await store.tx('broadcast-turns', async (tx) => {
		const first = await tx.first(sql<TurnRow>`select journey, occurs_at, profile from broadcast_person where due_at <= ${tx.nowMs} order by due_at, journey, occurs_at limit 1`);
		if (first === undefined) return 0;
		const mine = sql`journey = ${first.journey} and occurs_at = ${first.occurs_at}`;
		const due = await tx.all(sql<{ profile: number }>`select profile from broadcast_person where ${mine} and due_at <= ${tx.nowMs} order by due_at, profile limit ${sql.lit(BATCH)}`);
		const asked = due.map(({ profile }) => profile);
		await lockProfiles(tx, asked);
		const run = await readRun(tx, first, tx.dialect.forUpdate);
		// Again: another process may have done them while we waited.
		const there = await tx.all(sql<{ profile: number }>`select profile from broadcast_person where ${mine} and due_at <= ${tx.nowMs} and ${tx.dialect.anyOf(sql.ref('profile'), asked)} order by profile`);
		const profiles = there.map(({ profile }) => profile);
		const these = sql`${mine} and ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`;
		const [journey] = run === undefined ? [] : await journeysWhere(tx, sql`j.id = ${first.journey}`);
		if (run === undefined || journey === undefined || !startsBy(journey, 'schedule')) {
			await tx.run(sql`delete from broadcast_person where ${these}`);
			return due.length;
		}
		const inside = await askedBy(() => segments.evaluateIn(tx, journey.config.entry.people, profiles));
		if (typeof inside === 'string') {
			await noteProblem(tx, journey, inside);
			await tx.run(sql`update broadcast_person set due_at = ${tx.nowMs + AGAIN_AFTER_MS} where ${these}`);
			return due.length;
		}
		await tx.run(sql`delete from broadcast_person where ${these}`);
		const done = await letIn(tx, journey, run, inside);
		await tx.run(sql`update broadcast_run set entered = ${done.entered}, free_at = ${done.free_at} where ${mine}`);
		return due.length;
	});
}
