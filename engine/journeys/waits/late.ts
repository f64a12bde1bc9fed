import { sql, type RawBuilder } from 'kysely';

import type { Store, Tx } from '../../store';
import { lockEnrollments } from '../end';

/*
 * Changes of segments, consents and messages have no numbers. They bear the time at which their transaction began, and on PostgreSQL a claim may come and be committed while that is
 * still under way: the leg then begins later than a change that comes into it, and a wait for it "anew" would look back past it. So whoever makes such a
 * change locks, behind the profiles, what is on a leg of these people or could be claimed before the commit (a claim skips it), and notes where the change came into a
 * leg that began after its time. SQLite has one writer: there a change is over before the next transaction takes its time.
 */

/** Nothing that is due later is claimed before a transaction of now is over. */
const SOON_MS = 3_600_000;

interface OpenLeg {
	id: string;
	enrollment: number;
	began: number | null;
}

/**
 * The profiles are locked, and something changes for them in this transaction. Two statements more where somebody of them is on a leg. Once for everybody whom a change is about
 * (PROTOCOL 3): an execution that begins waits here while it holds others of its batch.
 */
export async function noteLateChange(tx: Tx, profiles: Iterable<number>): Promise<void> {
	if (tx.dialect.name === 'sqlite') return;
	const people = [...new Set(profiles)];
	if (people.length === 0) return;
	const { anyOf } = tx.dialect;
	const open = await tx.all(sql<Pick<OpenLeg, 'id' | 'enrollment'>>`select t.id, t.enrollment from enrollment e join token t on t.enrollment = e.id
		where ${anyOf(sql`e.profile`, people)} and e.state = 'active' and (t.state <> 'parked' or t.join_round is not null or t.due_at <= ${tx.nowMs + SOON_MS})`);
	if (open.length === 0) return;
	await lockEnrollments(tx, [...new Set(open.map(({ enrollment }) => enrollment))]);
	// All of them, not those alone that began later: a claim under way has not written yet when this one's does.
	const legs = await tx.all(sql<Pick<OpenLeg, 'id' | 'began'>>`select id, coalesce(leg_at, case when parent is null then parked_at end) as began from token
		where ${anyOf(sql`id`, open.map(({ id }) => id))} order by id ${tx.dialect.forUpdate}`);
	const late = legs.flatMap(({ id, began }) => (began !== null && began > tx.nowMs ? [{ token: id }] : []));
	if (late.length === 0) return;
	await tx.run(sql`insert into late_change (token, at) select r.token, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}) from ${tx.dialect.rows(late, { token: 'text' }, 'r')} where true on conflict do nothing`);
}

/** Whether a change of this time came into the leg at whose end a row of `token` was parked, though the leg began after it. */
export function cameLate(at: RawBuilder<unknown>): RawBuilder<boolean> {
	return sql<boolean>`exists (select 1 from late_change l where l.token = token.parent and l.at = ${at})`;
}

/** Of legs that are over. */
export async function forgetLateChanges(store: Store): Promise<number> {
	return await store.tx('forget-late', (tx) => tx.run(sql`delete from late_change where not exists (select 1 from token t where t.id = late_change.token)`));
}
