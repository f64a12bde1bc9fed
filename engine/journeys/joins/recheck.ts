import { sql } from 'kysely';

import type { Store, Tx } from '../../store';
import { lockEnrollments } from '../end';
import { placeOf } from '../place';
import { noteStep } from '../step';
import type { StepRef } from '../types';

/** Meetings a slice. */
const SLICE = 500;

/**
 * How many paths meetings at this step wait for now. A meeting keeps the number it began with when that rises: who forked before the edit
 * never took the new path. When it falls, people who wait for a path that is gone are told, in slices of the tick (recheckMeetings).
 */
export async function noteNeeded(tx: Tx, step: StepRef, needed: number): Promise<void> {
	await tx.run(sql`insert into join_step (workflow, step, needed) values (${step.workflow}, ${step.step}, ${needed})
		on conflict (workflow, step) do update set needed = excluded.needed, recheck_above = case when excluded.needed < join_step.needed then 0 else join_step.recheck_above end
		where join_step.needed <> excluded.needed`);
}

/** A published Journey Join says how many paths it waits for. */
export async function setNeeded(store: Store, step: StepRef, needed: number): Promise<void> {
	await store.tx('set-needed', async (tx) => {
		await noteStep(tx, step);
		await noteNeeded(tx, step, needed);
	});
}

interface Slice {
	workflow: string;
	step: string;
	needed: number;
	recheck_above: number;
}

/** Works off what noteNeeded left to do, at most so many slices; answers with how many it did. */
export async function recheckMeetings(store: Store, slices: number): Promise<number> {
	let done = 0;
	while (done < slices && (await recheckSlice(store))) done += 1;
	return done;
}

async function recheckSlice(store: Store): Promise<boolean> {
	const due = await store.read((reader) => reader.first<Slice>(sql<Slice>`select workflow, step, needed, recheck_above from join_step where recheck_above is not null order by workflow, step limit 1`));
	if (due === undefined) return false;
	await store.tx('recheck-meetings', async (tx) => {
		const { workflow, step } = due;
		// Profiles are not touched, so enrollments are the first lock (PROTOCOL 3).
		const next = await tx.all<{ enrollment: number }>(sql<{ enrollment: number }>`select distinct enrollment from meeting
			where workflow = ${workflow} and step = ${step} and enrollment > ${due.recheck_above} order by enrollment limit ${SLICE}`);
		const ids = next.map(({ enrollment }) => enrollment);
		await lockEnrollments(tx, ids);
		const current = await tx.first<Slice>(sql<Slice>`select workflow, step, needed, recheck_above from join_step where workflow = ${workflow} and step = ${step} ${tx.dialect.forUpdate}`);
		// Another process was here, or the number has changed again: the next slice begins where it is now.
		if (current === undefined || current.recheck_above === null || current.recheck_above !== due.recheck_above || current.needed !== due.needed) return;
		if (ids.length > 0) {
			const mine = sql`workflow = ${workflow} and step = ${step} and ${tx.dialect.anyOf(sql`enrollment`, ids)}`;
			await tx.run(sql`update meeting set needed = ${due.needed} where ${mine} and needed > ${due.needed}`);
			const count = tx.dialect.name === 'postgres' ? sql`jsonb_array_length(m.arrived)` : sql`json_array_length(m.arrived)`;
			const met = await tx.run(sql`update token set outcome = 'due', due_at = ${tx.nowMs} where ${tx.dialect.anyOf(sql`enrollment`, ids)} and ${tx.dialect.unsearched(sql`place`)} = ${placeOf({ workflow, step })}
				and join_round is not null and state = 'parked' and outcome is null
				and exists (select 1 from meeting m where m.enrollment = token.enrollment and m.step = ${step} and m.round = token.join_round and ${count} >= m.needed)`);
			if (met > 0) tx.wake(workflow, step);
		}
		const last = ids.length < SLICE ? null : (ids.at(-1) ?? null);
		await tx.run(sql`update join_step set recheck_above = ${last} where workflow = ${workflow} and step = ${step}`);
	});
	return true;
}
