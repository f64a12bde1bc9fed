import { sql } from 'kysely';

import type { Tx } from '../store';

/** What is remembered of such a visit: on by Not Sent. */
export const SKIPPED_AGAIN = { output: 1 as const, state: 'skipped', reason: 'got this message in this run before they were moved by hand' };

/**
 * Who was moved by hand may come by a sender again that has written to them in this run: their token is a new one, so no memo tells (see
 * journeys/control/move.ts). The first time after the move it is skipped, by whichever paths they come together; on a canvas that loops, the
 * next time is a new message. One statement a batch, two where there is somebody. Answers with the messages that are skipped.
 */
export async function skipRepeats(tx: Tx, step: { workflow: string; step: string }, reserved: ReadonlyArray<{ id: string; enrollment: number }>): Promise<Set<string>> {
	if (reserved.length === 0) return new Set();
	const mine = (alias: string) => sql`${sql.ref(`${alias}.profile`)} = e.profile and ${sql.ref(`${alias}.enrollment`)} = e.id and ${sql.ref(`${alias}.workflow`)} = ${step.workflow} and ${sql.ref(`${alias}.step`)} = ${step.step}`;
	const rows = await tx.all<{ id: string }>(sql<{ id: string }>`select r.id from ${tx.dialect.rows(reserved, { id: 'text', enrollment: 'integer' }, 'r')} join enrollment e on e.id = r.enrollment
		where e.moved_at is not null and exists (select 1 from message o where ${mine('o')} and o.state in ('attempting', 'sent', 'unknown') and o.reserved_at <= e.moved_at and o.id <> r.id)
			and not exists (select 1 from message n where ${mine('n')} and n.reserved_at > e.moved_at and not ${tx.dialect.anyOf(sql`n.id`, reserved.map(({ id }) => id))})`);
	if (rows.length > 0) {
		await tx.run(sql`update message set state = 'skipped', guard = null, reason = ${SKIPPED_AGAIN.reason}, ended_at = ${tx.nowMs}
			where ${tx.dialect.anyOf(sql`id`, rows.map(({ id }) => id))} and state = 'reserved'`);
	}
	return new Set(rows.map(({ id }) => id));
}
