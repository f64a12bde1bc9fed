import { sql } from 'kysely';

import type { Tx } from '../store';
import type { StepRef } from './types';

/*
 * PROTOCOL 11: claimed -> away when n8n says that an execution waits; away -> deleted (`unobserved`) | held when nothing is heard of it for too long.
 * n8n says nothing of what comes afterwards, not even that it waits again: only the calls of our steps tell that it runs. How long to listen for them:
 * - before the first call, until the wait is over and ten minutes more; where nobody knows when that is, a year. A wait that ends while n8n is down goes on when it is up again, so
 *   that the ten minutes begin there (claim.ts);
 * - from a call on, for everybody of the execution, as long as it may take for what stands between two of our steps. Ten minutes from the end of the wait lost everybody whose
 *   execution asked a slow service for each of 500 people; the year of an approval kept people in a journey that they had long been through;
 * - where the leg may wait more than once, a year from each call: between two waits nothing of ours need stand.
 */

export const GRACE_MS = 10 * 60_000;
/** An approval, a form, a second wait. */
const UNKNOWN_MS = 365 * 86_400_000;
/** The pump gives up its own executions after as long. */
const RUNS_MS = 6 * 3_600_000;

/** So that not every call writes everybody of the execution again. */
const SLACK_MS = 3_600_000;

/** When a leg that has just begun to wait is given up, unless one of our steps is heard of. */
export function awayUntil({ nowMs }: Pick<Tx, 'nowMs'>, untilMs: number | null, waitsAgain: boolean): number {
	if (waitsAgain || untilMs === null) return Math.max(nowMs, untilMs ?? nowMs) + UNKNOWN_MS;
	return untilMs + GRACE_MS;
}

/** Whether an execution may wait again in nodes of other kinds, as its workflow was drawn when it began. */
export async function waitsAgain(tx: Tx, nonce: string): Promise<boolean> {
	return (await tx.first(sql`select 1 as one from lease where nonce = ${nonce} and foreign_waits > 1`)) !== undefined;
}

/** A step of ours was called from an execution that had waited. The tokens are locked. */
export async function heardOf(tx: Tx, step: StepRef, tokens: readonly string[]): Promise<void> {
	if (tokens.length === 0) return;
	const [soon, late] = [tx.nowMs + RUNS_MS, tx.nowMs + UNKNOWN_MS];
	await tx.run(sql`update token set called = 1, last_step = ${step.step}, lease_until = case when exists (select 1 from lease l where l.nonce = token.nonce and l.foreign_waits > 1)
		then case when token.lease_until > ${late} then token.lease_until else ${late} end else ${soon} end where ${tx.dialect.anyOf(sql`id`, tokens)}`);
	// Who came with them may be in a slow node of another branch, or stand in line in a loop. Not whom another transaction holds: they are heard of by themselves.
	await tx.run(sql`update token set lease_until = ${soon} where id in (select t.id from token t where t.nonce in (select h.nonce from token h where ${tx.dialect.anyOf(sql`h.id`, tokens)})
		and t.state = 'away' and t.lease_until < ${soon - SLACK_MS} order by t.id ${tx.dialect.skipLocked})`);
}
