import { sql } from 'kysely';

import { lockProfiles } from '../../profiles';
import type { Store, Tx } from '../../store';
import { noteProblem } from '../step';
import type { Run } from './broadcast';
import { askedBy, letIn, meaning, readRun, refusing, saveRun, turnsOf, type Asking } from './broadcast-slice';
import { journeysWhere, startsBy, type ListeningBy } from './listening';

const BATCH = 500;
/** The rule asks for something that was deleted. */
const AGAIN_AFTER_MS = 60_000;
const NO_LONGER = 'no longer belonged to its people at their own hour';

interface TurnRow {
	journey: string;
	occurs_at: number;
	profile: number;
}

/**
 * People of a run whose own hour has come, still asked for by the rule; answers with how many there were. One run a transaction. Whose clocks do not show it yet wait on: they
 * have gone west meanwhile, or were given the turn of somebody who became one with them.
 */
export async function takeTurns(store: Store, segments: Asking, settingsZone: (tx: Tx) => Promise<string>): Promise<number> {
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
		const all = there.map(({ profile }) => profile);
		const [journey] = run === undefined ? [] : await journeysWhere(tx, sql`j.id = ${first.journey}`);
		if (run === undefined || journey === undefined || !startsBy(journey, 'schedule')) {
			await tx.run(sql`delete from broadcast_person where ${mine} and ${tx.dialect.anyOf(sql.ref('profile'), all)}`);
			return due.length;
		}
		const profiles = journey.config.entry.localTime ? await whoseHourItIs(tx, journey, run, all, await settingsZone(tx)) : all;
		const these = sql`${mine} and ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`;
		const inside = await askedBy(() => segments.evaluateIn(tx, journey.config.entry.people, profiles));
		if (typeof inside === 'string') {
			await noteProblem(tx, journey, inside);
			await tx.run(sql`update broadcast_person set due_at = ${tx.nowMs + AGAIN_AFTER_MS} where ${these}`);
			return due.length;
		}
		await tx.run(sql`delete from broadcast_person where ${these}`);
		// By their own clocks they were counted when the run came to them; without, they are here because two profiles became one.
		const counted = journey.config.entry.localTime ? refusing(run, profiles.filter((profile) => !inside.includes(profile)).map(() => ({ reason: NO_LONGER }))) : meaning(run, inside.length);
		await saveRun(tx, await letIn(tx, journey, counted, inside));
		return due.length;
	});
}

async function whoseHourItIs(tx: Tx, journey: ListeningBy<'schedule'>, run: Run, people: readonly number[], settingsZone: string): Promise<number[]> {
	const later = (await turnsOf(tx, journey, run, people, settingsZone)).filter(({ due }) => due > tx.nowMs);
	if (later.length === 0) return [...people];
	await tx.run(sql`update broadcast_person set due_at = r.due from ${tx.dialect.rows(later, { profile: 'integer', due: 'integer' }, 'r')}
		where journey = ${run.journey} and occurs_at = ${run.occurs_at} and broadcast_person.profile = r.profile`);
	const waiting = new Set(later.map(({ profile }) => profile));
	return people.filter((profile) => !waiting.has(profile));
}
