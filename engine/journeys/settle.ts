import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { Store, Tx } from '../store';
import { stillAtGate } from './at-gate';
import { deleteTokens, holdTokens, lockEnrollments } from './end';
import type { ExecutionOutcome, JourneyConfig, SettleResult } from './types';

/** PROTOCOL 11: how long after a foreign wait's end its person may still come by. */
const AWAY_GRACE_MS = 10 * 60_000;
/** A foreign wait without a known end (a form, an approval). */
const AWAY_UNKNOWN_MS = 365 * 86_400_000;
/** Where the journey does not say: after so many lone retries the person is held. */
const RETRIES = 3;
/** With pauses of up to an hour the last of so many comes half a day after the first: what still fails then wants a person to look. */
const MOST_RETRIES = 20;
const LONGEST_PAUSE_MS = 3_600_000;
/** An execution that never reached its first node so often is a fault to look at, not one to repeat for ever. */
const RELEASES = 10;

interface Leased {
	id: string;
	enrollment: number;
	step: string;
	last_step: string | null;
	received: number;
	failures: number;
	on_failure: string | null;
	retries: string | null;
}

/**
 * PROTOCOL 9, 10: the end of an execution.
 * Success with a receipt deletes the token; no receipt releases it (nothing ran); waiting puts it away;
 * a failure with a receipt covers every token of the lease: held, or retried alone, as the journey says.
 */
export async function settle(store: Store, nonce: string, outcome: ExecutionOutcome): Promise<SettleResult> {
	return await store.tx('settle', async (tx) => {
		const result: SettleResult = { settled: 0, released: 0, held: 0, away: 0 };
		const tokens = await leased(tx, nonce);
		const received = tokens.filter((token) => token.received === 1);
		const unstarted = tokens.filter((token) => token.received === 0);
		result.released = await release(tx, unstarted, outcome.kind === 'failed' ? outcome.reason : null);
		if (outcome.kind === 'success') {
			const unfinished = await backToGate(tx, received.filter((token) => token.step === token.last_step));
			const over = received.filter((token) => !unfinished.has(token.id));
			await deleteTokens(tx, over.map((token) => ({ id: token.id, lastStep: token.last_step })));
			result.settled = over.length;
			result.released += unfinished.size;
		} else if (outcome.kind === 'waiting') {
			const until = (outcome.untilMs ?? tx.nowMs + AWAY_UNKNOWN_MS) + AWAY_GRACE_MS;
			result.away = await tx.run(sql`update token set state = 'away', called = 0, lease_until = ${until} where ${tx.dialect.anyOf(sql`id`, received.map((token) => token.id))}`);
		} else if (outcome.kind === 'unproven') {
			result.released += await release(tx, received, null);
		} else {
			const again = received.filter((token) => token.on_failure === 'retry' && token.failures < retriesOf(token));
			const held = received.filter((token) => !again.includes(token));
			result.released += await release(tx, again, outcome.reason);
			result.held = await holdTokens(tx, held.map((token) => token.id), outcome.reason);
		}
		if (outcome.kind !== 'waiting') await tx.run(sql`delete from lease where nonce = ${nonce}`);
		return result;
	});
}

/** Throws BAD_INPUT. */
export function checkRetries({ retries }: Pick<JourneyConfig, 'retries'>): void {
	if (retries === undefined || (Number.isInteger(retries) && retries >= 0 && retries <= MOST_RETRIES)) return;
	throw new EngineError('BAD_INPUT', `How often people are tried again is no whole number from 0 to ${MOST_RETRIES}. Change it.`);
}

function retriesOf({ retries }: Leased): number {
	return retries === null ? RETRIES : Number(retries);
}

/** Failures count here too: a journey that allows more of them must not be held for never having been started. */
function releasesOf(token: Leased): number {
	return Math.max(RELEASES, retriesOf(token));
}

async function leased(tx: Tx, nonce: string): Promise<Leased[]> {
	const mine = sql`nonce = ${nonce} and state = 'claimed'`;
	const enrollments = await tx.all<{ enrollment: number }>(sql<{ enrollment: number }>`select distinct enrollment from token where ${mine}`);
	await lockEnrollments(tx, enrollments.map((row) => row.enrollment));
	return await tx.all<Leased>(sql<Leased>`select t.id, t.enrollment, t.step, t.last_step, t.failures,
			case when t.receipt_epoch = t.epoch then 1 else 0 end as received, ${tx.dialect.jsonText(sql`j.config`, ['onFailure'])} as on_failure, ${tx.dialect.jsonText(sql`j.config`, ['retries'])} as retries
		from token t left join journey j on j.id = t.journey where t.nonce = ${nonce} and t.state = 'claimed'
		order by t.id ${tx.dialect.name === 'postgres' ? sql`for update of t` : sql``}`);
}

/** Back to parked, each alone after a failure and later each time; the next claim's epoch fences what may still run. */
async function release(tx: Tx, tokens: readonly Leased[], reason: string | null): Promise<number> {
	const lost = tokens.filter((token) => token.failures >= releasesOf(token));
	await holdTokens(tx, lost.map((token) => token.id), reason ?? 'The execution for this person was never started. Check n8n, then use Journey Control: Retry Held.');
	const again = tokens.filter((token) => token.failures < releasesOf(token)).map((token) => ({ id: token.id, due_at: tx.nowMs + (reason === null ? 0 : Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** token.failures)) }));
	if (again.length === 0) return 0;
	return await tx.run(sql`update token set state = 'parked', nonce = null, lease_until = null, due_at = r.due_at, failures = failures + 1,
		lone = ${reason === null ? 0 : 1}, reason = ${reason?.slice(0, 500) ?? null}
		from ${tx.dialect.rows(again, { id: 'text', due_at: 'integer' }, 'r')} where token.id = r.id`);
}

/** Of those who came by no other step than the one where they stand: the people of a gate who have not left it. The nodes in its loop did not lead back to it. */
async function backToGate(tx: Tx, tokens: readonly Leased[]): Promise<Set<string>> {
	const inside = await stillAtGate(tx, tokens.map(({ id }) => id));
	const ids = inside.map(({ id }) => id);
	if (ids.length > 0) await tx.run(sql`update token set state = 'parked', nonce = null, lease_until = null, due_at = ${tx.nowMs} where ${tx.dialect.anyOf(sql`id`, ids)}`);
	for (const { workflow, step } of inside) tx.wake(workflow, step);
	return new Set(ids);
}
