import { sql } from 'kysely';

import type { Tx } from '../store';

/** What is remembered of such a visit: they have the message, so they go on as who got it now, or they would miss what comes behind Sent. */
export interface SkippedAgain {
	output: 0;
	state: typeof AGAIN;
	reason: string;
}

interface NewVisit {
	/** Of the message that was reserved for it. */
	id: string;
	enrollment: number;
	/** '' where the step has none. */
	itemKey: string;
}

export const AGAIN = 'again';
const MOVED = 'got this message in this run before they were moved by hand';
const ONCE = 'has this message in this run already, and the journey as it is now brings nobody here twice';

/**
 * Who comes to a sender anew and is not written to again, with what is remembered of it. Two cases that no memo tells, since the visit is a new one:
 * - moved by hand (journeys/control/move.ts): the first time after it is skipped, by whichever paths they come together; on a canvas that loops, the next
 *   time is a new message.
 * - `once`: as drawn nobody comes by twice, so who does got here by an edit (the sender was put behind a wait at which they stood), or on legs that a move
 *   has brought together. What is still to leave for another leg counts as long as that leg lives.
 * One statement a case and batch, and one more where there is somebody. Of a batch the first visit of a person is the one that sends.
 */
export async function skipRepeats(tx: Tx, step: { workflow: string; step: string }, once: boolean, visits: readonly NewVisit[]): Promise<Map<string, SkippedAgain>> {
	if (visits.length === 0) return new Map();
	const reasons = new Map((await afterMove(tx, step, visits)).map((id) => [id, MOVED]));
	if (once) for (const id of await notTheFirst(tx, step, visits)) if (!reasons.has(id)) reasons.set(id, ONCE);
	const rows = [...reasons].map(([id, reason]) => ({ id, reason }));
	if (rows.length > 0) {
		await tx.run(sql`update message set state = 'skipped', guard = null, reason = r.reason, ended_at = ${tx.nowMs}
			from ${tx.dialect.rows(rows, { id: 'text', reason: 'text' }, 'r')} where message.id = r.id and message.state = 'reserved'`);
	}
	return new Map(rows.map(({ id, reason }) => [id, { output: 0, state: AGAIN, reason }]));
}

async function afterMove(tx: Tx, step: { workflow: string; step: string }, visits: readonly NewVisit[]): Promise<string[]> {
	const mine = (alias: string) => sql`${ofStep(alias, step)} and ${sql.ref(`${alias}.enrollment`)} = e.id`;
	const rows = await tx.all<{ id: string }>(sql<{ id: string }>`select r.id from ${given(tx, visits)} join enrollment e on e.id = r.enrollment
		where e.moved_at is not null and exists (select 1 from message o where ${mine('o')} and o.state in ('attempting', 'sent', 'unknown') and o.reserved_at <= e.moved_at and o.id <> r.id)
			and not exists (select 1 from message n where ${mine('n')} and n.reserved_at > e.moved_at and not ${tx.dialect.anyOf(sql`n.id`, visits.map(({ id }) => id))})`);
	return rows.map(({ id }) => id);
}

async function notTheFirst(tx: Tx, step: { workflow: string; step: string }, visits: readonly NewVisit[]): Promise<string[]> {
	const had = await tx.all<{ id: string }>(sql<{ id: string }>`select r.id from ${given(tx, visits)}
		where exists (select 1 from message o where ${ofStep('o', step)} and o.enrollment = r.enrollment and o.item_key = r.item_key and not ${tx.dialect.anyOf(sql`o.id`, visits.map(({ id }) => id))}
			and (o.state in ('attempting', 'sent', 'unknown') or (o.state in ('reserved', 'deferred') and exists (select 1 from token t where t.enrollment = o.enrollment and (t.id = o.token or t.message = o.id)))))`);
	const repeated = new Set(had.map(({ id }) => id));
	const first = new Map<string, string>();
	for (const { id, enrollment, itemKey } of visits) {
		const visit = `${enrollment} ${itemKey}`;
		if ((first.get(visit) ?? id) !== id) repeated.add(id);
		else first.set(visit, id);
	}
	return [...repeated];
}

function given(tx: Tx, visits: readonly NewVisit[]) {
	return tx.dialect.rows(visits.map(({ id, enrollment, itemKey }) => ({ id, enrollment, item_key: itemKey })), { id: 'text', enrollment: 'integer', item_key: 'text' }, 'r');
}

/** By the enrollment they are found, which alone has an index. */
function ofStep(alias: string, step: { workflow: string; step: string }) {
	return sql`${sql.ref(`${alias}.workflow`)} = ${step.workflow} and ${sql.ref(`${alias}.step`)} = ${step.step}`;
}
