import { sql, type RawBuilder } from 'kysely';

import { takeBackCoupons } from '../coupons';
import type { Tx } from '../store';
import { countStays } from './control/step-time';
import { takeLegs, wayWith, type LeavingToken } from './control/way';
import { endMeetings, forgetMeetings } from './joins/alone';
import { tally } from './tally';

/** PROTOCOL 3: enrollments are locked after profiles and before tokens, in id order. */
export async function lockEnrollments(tx: Tx, ids: readonly number[]): Promise<void> {
	if (tx.dialect.name === 'sqlite' || ids.length === 0) return;
	await tx.all(sql`select id from enrollment where ${tx.dialect.anyOf(sql`id`, ids)} order by id ${tx.dialect.forUpdate}`);
}

/** PROTOCOL 3: behind a select of tokens by which they are locked. SQLite locks nothing, and would sort 500 for it. */
export function inOrder(tx: Tx): RawBuilder<unknown> {
	return tx.dialect.name === 'sqlite' ? sql`` : sql`order by id ${tx.dialect.forUpdate}`;
}

/** PROTOCOL 3: tokens last, in id order. Of enrollments that are locked. */
export async function lockTokens(tx: Tx, enrollments: readonly number[]): Promise<void> {
	if (tx.dialect.name === 'sqlite' || enrollments.length === 0) return;
	await tx.all(sql`select id from token where ${tx.dialect.anyOf(sql`enrollment`, enrollments)} order by id ${tx.dialect.forUpdate}`);
}

/**
 * PROTOCOL 20: ends enrollments at once, deleting their tokens in every state; what still runs is fenced by rule 7.
 * A message that was only reserved is skipped; one that is being attempted goes on alone.
 * Answers with how many were still active.
 */
export async function exitEnrollments(tx: Tx, ids: readonly number[], reason: string, step: string | null): Promise<number> {
	if (ids.length === 0) return 0;
	const { anyOf } = tx.dialect;
	await lockEnrollments(tx, ids);
	const left = await tx.all<LeavingToken>(sql<LeavingToken>`delete from token where ${anyOf(sql`enrollment`, ids)} returning id, enrollment, trail`);
	const legs = await takeLegs(tx, left);
	await forgetMeetings(tx, ids);
	// By way of the people: the ledger has no index by enrollment, and every exit would read all of it.
	const unsent = await tx.all(sql<{ id: string }>`update message set state = 'skipped', guard = null, reason = ${'left the journey'}, ended_at = ${tx.nowMs}
		where profile in (select e.profile from enrollment e where ${anyOf(sql`e.id`, ids)}) and ${anyOf(sql`enrollment`, ids)} and state in ('reserved', 'deferred') returning id`);
	await takeBackCoupons(tx, unsent.map(({ id }) => id));
	const leaving = tx.dialect.rows(ids.map((id) => ({ id, leg: legs.get(id)?.way ?? '' })), { id: 'integer', leg: 'text' }, 'leaving');
	return await tx.run(sql`update enrollment set state = 'exited', open_tokens = 0, ended_at = ${tx.nowMs}, end_reason = ${reason}, end_step = ${step}, way = ${wayWith(sql`leaving.leg`)}
		from ${leaving} where enrollment.id = leaving.id and enrollment.state = 'active'`);
}

/**
 * PROTOCOL 2: deletes tokens and adjusts their enrollments' open_tokens in the same transaction; zero completes the enrollment.
 * The enrollments must be locked. `wentOn`: they count among those whose time at the step is known. Only what is really deleted counts: two processes may have read the same tokens before either had the lock.
 */
export async function deleteTokens(tx: Tx, ids: readonly string[], reason = 'completed', wentOn = true): Promise<void> {
	if (ids.length > 0) await deleteWhere(tx, tx.dialect.anyOf(sql`id`, ids), reason, wentOn);
}

export type LeasedState = 'claimed' | 'away';

/** The tokens that are claimed, or away, under a nonce. */
export function isLeased(nonce: string, state: LeasedState = 'claimed'): RawBuilder<unknown> {
	return sql`nonce = ${nonce} and state = ${sql.lit(state)}`;
}

/** As deleteTokens, all of a lease: their ids need not be read to be told again. Answers with how many. */
export async function deleteLeased(tx: Tx, nonce: string): Promise<number> {
	return await deleteWhere(tx, isLeased(nonce), 'completed', true);
}

async function deleteWhere(tx: Tx, which: RawBuilder<unknown>, reason: string, wentOn: boolean): Promise<number> {
	const deleted = await tx.all<DeletedToken>(sql<DeletedToken>`delete from token where ${which} returning id, enrollment, trail, place, parked_at, case when state = 'away' then last_step end as last_step`);
	if (deleted.length === 0) return 0;
	const legs = await takeLegs(tx, deleted);
	const perEnrollment = new Map<number, Leaving>();
	for (const token of deleted) {
		const leg = legs.get(token.enrollment);
		const entry = perEnrollment.get(token.enrollment) ?? { id: token.enrollment, gone: 0, step: leg?.lastStep ?? null, leg: leg?.way ?? '' };
		entry.gone += 1;
		entry.step = token.last_step ?? entry.step;
		perEnrollment.set(token.enrollment, entry);
	}
	await countOut(tx, [...perEnrollment.values()], reason);
	await endMeetings(tx, [...perEnrollment.keys()]);
	if (!wentOn) return deleted.length;
	// From the index of the few that there are (+id keeps SQLite off the primary key): a returning of every row costs a third as much as the update.
	const rows = await tx.all<{ id: number }>(sql<{ id: number }>`select id from enrollment where time_scale <> 1 and ${tx.dialect.anyOf(sql`+id`, [...perEnrollment.keys()])}`);
	const virtual = new Set(rows.map((row) => row.id));
	await countStays(tx, deleted.filter((token) => !virtual.has(token.enrollment)).map(({ place, parked_at }) => ({ place, ms: tx.nowMs - parked_at })));
	return deleted.length;
}

interface Leaving {
	id: number;
	/** Tokens. */
	gone: number;
	/** The last one they came by in this leg. */
	step: string | null;
	leg: string;
}

/**
 * Two statements, of which the second has rows for those alone who have come to their end: a state that is set, be it to what it was, has SQLite take
 * the row out of the three indexes that name it and put it back, for everybody of a batch that only walks on.
 */
async function countOut(tx: Tx, leaving: readonly Leaving[], reason: string): Promise<void> {
	const gone = tx.dialect.rows(leaving.map(({ id, gone: tokens, leg }) => ({ id, tokens, leg })), { id: 'integer', tokens: 'integer', leg: 'text' }, 'gone');
	await tx.run(sql`update enrollment set open_tokens = open_tokens - gone.tokens, way = ${wayWith(sql`gone.leg`)} from ${gone} where enrollment.id = gone.id and enrollment.state = 'active'`);
	const rows = await tx.all<{ id: number }>(sql<{ id: number }>`select id from enrollment where ${tx.dialect.anyOf(sql`id`, leaving.map(({ id }) => id))} and open_tokens = 0 and state = 'active'`);
	if (rows.length === 0) return;
	const over = new Set(rows.map(({ id }) => id));
	const ended = tx.dialect.rows(leaving.filter(({ id }) => over.has(id)).map(({ id, step }) => ({ id, step })), { id: 'integer', step: 'text' }, 'ended');
	await tx.run(sql`update enrollment set state = 'completed', ended_at = ${tx.nowMs}, end_reason = ${reason}, end_step = ended.step from ${ended} where enrollment.id = ended.id`);
}

interface DeletedToken extends LeavingToken {
	place: string;
	parked_at: number;
	last_step: string | null;
}

/** Held people wait for a person to look: Journey Control shows the reason and lets them go on. */
export async function holdTokens(tx: Tx, ids: readonly string[], reason: string): Promise<number> {
	if (ids.length === 0) return 0;
	const held = await tx.all<{ journey: string; time_scale: number }>(sql<{ journey: string; time_scale: number }>`update token set state = 'held', nonce = null, lease_until = null, reason = ${reason.slice(0, 500)},
		failures = failures + 1 where ${tx.dialect.anyOf(sql`id`, ids)} returning journey, (select e.time_scale from enrollment e where e.id = token.enrollment) as time_scale`);
	await tally(tx, 'held', held.filter(({ time_scale: scale }) => Number(scale) === 1).map(({ journey }) => journey));
	return held.length;
}
