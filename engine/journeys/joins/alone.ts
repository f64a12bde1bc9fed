import { sql } from 'kysely';

import type { Tx } from '../../store';
import { fromJsonColumn } from '../watch';

interface OpenToken {
	id: string;
	enrollment: number;
	workflow: string;
	step: string;
	parked_at: number;
	waiting: number;
	ahead: string[] | string | null;
}

/**
 * Legs of these enrollments, which are locked, have ended. Where all that is left of one waits at Journey Joins, no other path can arrive
 * any more: it goes on at once as if the time were over, instead of waiting for somebody who will not come. Whoever is held, away or
 * stranded can still come. Where several joins wait, one that leads to another goes first: that other one waits for it. Of enrollments
 * that have ended nothing is kept. One statement where nobody is at a join.
 */
export async function endMeetings(tx: Tx, enrollments: readonly number[]): Promise<void> {
	const meeting = await tx.all<{ enrollment: number }>(sql<{ enrollment: number }>`select distinct enrollment from meeting where ${tx.dialect.anyOf(sql`enrollment`, enrollments)}`);
	if (meeting.length === 0) return;
	const ids = meeting.map(({ enrollment }) => enrollment);
	const tokens = await tx.all<OpenToken>(sql<OpenToken>`select t.id, t.enrollment, s.workflow, s.step, t.parked_at, m.ahead,
			case when m.enrollment is not null and t.state = 'parked' and t.outcome is null then 1 else 0 end as waiting
		from token t join step s on s.place = t.place left join meeting m on m.enrollment = t.enrollment and m.step = s.step and m.round = t.join_round
		where ${tx.dialect.anyOf(sql`t.enrollment`, ids)} order by t.parked_at, t.id`);
	const perEnrollment = new Map<number, OpenToken[]>(ids.map((id) => [id, []]));
	for (const token of tokens) perEnrollment.get(token.enrollment)?.push(token);
	const alone = [...perEnrollment.values()].flatMap((left) => (left.length > 0 && left.every(({ waiting }) => Number(waiting) === 1) ? firstToGo(left) : []));
	if (alone.length > 0) {
		await tx.run(sql`update token set outcome = 'timeout', due_at = ${tx.nowMs} where ${tx.dialect.anyOf(sql`id`, alone.map(({ id }) => id))} and state = 'parked' and outcome is null`);
		for (const { workflow, step } of alone) tx.wake(workflow, step);
	}
	await forgetMeetings(tx, [...perEnrollment].flatMap(([enrollment, left]) => (left.length === 0 ? [enrollment] : [])));
}

/** Those to whom no other one that waits leads; in a loop of joins, which all lead to each other, whoever waits longest. */
function firstToGo(waiting: readonly OpenToken[]): OpenToken[] {
	const inner = waiting.filter((one) => !waiting.some((other) => other !== one && other.step !== one.step && leadsTo(other, one.step)));
	return inner.length > 0 ? inner : waiting.slice(0, 1);
}

function leadsTo({ ahead }: OpenToken, step: string): boolean {
	return ahead !== null && fromJsonColumn<string[]>(ahead).includes(step);
}

/** Meetings of enrollments that have ended. */
export async function forgetMeetings(tx: Tx, enrollments: readonly number[]): Promise<void> {
	if (enrollments.length > 0) await tx.run(sql`delete from meeting where ${tx.dialect.anyOf(sql`enrollment`, enrollments)}`);
}
