import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { Store, Tx } from '../store';
import { stillAtGate } from './at-gate';
import { awayUntil, waitsAgain } from './away';
import { deleteLeased, holdTokens, inOrder, isLeased, lockEnrollments, type LeasedState } from './end';
import type { BreakOff, ExecutionOutcome, JourneyConfig, SettleResult } from './types';

/** Where the journey does not say: after so many lone retries the person is held. */
const RETRIES = 3;
/** With pauses of up to an hour the last of so many comes half a day after the first: what still fails then wants a person to look. */
const MOST_RETRIES = 20;
const LONGEST_PAUSE_MS = 3_600_000;
/** A lease is of one step: where that is none of these, nobody has to be looked for. */
const GATE = 'anyChannel';
/** An execution that never reached its first node so often is a fault to look at, not one to repeat for ever. */
const RELEASES = 10;

interface Leased {
	id: string;
	journey: string;
	failures: number;
}

/** What a journey says about failures; asked only when there is one. */
interface Policy {
	retry: boolean;
	retries: number;
}

/**
 * PROTOCOL 9, 10: the end of an execution.
 * Success with a receipt deletes the token; no receipt releases it (nothing ran); waiting puts it away;
 * a failure with a receipt covers every token of the lease: held, or retried alone, as the journey says.
 */
export async function settle(store: Store, nonce: string, outcome: ExecutionOutcome): Promise<SettleResult> {
	return await store.tx('settle', async (tx) => {
		const result: SettleResult = { settled: 0, released: 0, held: 0, away: 0 };
		await lockLeased(tx, nonce);
		const received = await hasReceipt(tx, nonce);
		const tokens = received && outcome.kind === 'success' ? [] : await leased(tx, nonce);
		if (!received) {
			result.released = await release(tx, tokens, outcome.kind === 'failed' ? outcome.reason : null);
		} else if (outcome.kind === 'success') {
			result.released += await backToGate(tx, nonce);
			result.settled = await deleteLeased(tx, nonce);
		} else if (outcome.kind === 'waiting') {
			const until = awayUntil(tx, outcome.untilMs, await waitsAgain(tx, nonce));
			result.away = await tx.run(sql`update token set state = 'away', called = 0, lease_until = ${until} where ${tx.dialect.anyOf(sql`id`, tokens.map((token) => token.id))}`);
			// Who is away is found by a time of their own: claims need not look into this lease meanwhile.
			await tx.run(sql`update lease set lease_until = ${until} where nonce = ${nonce}`);
		} else if (outcome.kind === 'unproven') {
			result.released += await release(tx, tokens, null);
		} else {
			Object.assign(result, await fail(tx, tokens, outcome.reason));
		}
		if (outcome.kind !== 'waiting') await tx.run(sql`delete from lease where nonce = ${nonce}`);
		return result;
	});
}

/**
 * An execution that had waited has come to an error of one of our steps, which n8n reports to nobody: as a settle would, for everybody of that lease who is
 * away. Whoever is claimed is left to the settle that is still to come. Answers with how many there were.
 */
export async function breakOff(store: Store, { nonce, workflow, reason }: BreakOff): Promise<number> {
	return await store.tx('break-off', async (tx) => {
		if ((await tx.first(sql`select 1 as one from lease where nonce = ${nonce} and workflow = ${workflow}`)) === undefined) return 0;
		await lockLeased(tx, nonce, 'away');
		const tokens = await leased(tx, nonce, 'away');
		const { held, released } = await fail(tx, tokens, reason);
		// By its lease alone a claim would find whoever were claimed still.
		if (tokens.length > 0) await tx.run(sql`delete from lease where nonce = ${nonce} and not exists (select 1 from token where ${isLeased(nonce)})`);
		return held + released;
	});
}

/** PROTOCOL 10. */
async function fail(tx: Tx, tokens: readonly Leased[], reason: string): Promise<{ held: number; released: number }> {
	const policies = await policiesOf(tx, tokens);
	const again = tokens.filter(({ journey, failures }) => {
		const { retry, retries } = policies.get(journey) ?? HOLD;
		return retry && failures < retries;
	});
	const held = tokens.filter((token) => !again.includes(token));
	return { released: await release(tx, again, reason), held: await holdTokens(tx, held.map((token) => token.id), reason) };
}

/** Throws BAD_INPUT. */
export function checkRetries({ retries }: Pick<JourneyConfig, 'retries'>): void {
	if (retries === undefined || (Number.isInteger(retries) && retries >= 0 && retries <= MOST_RETRIES)) return;
	throw new EngineError('BAD_INPUT', `How often people are tried again is no whole number from 0 to ${MOST_RETRIES}. Change it.`);
}

const HOLD: Policy = { retry: false, retries: RETRIES };

async function policiesOf(tx: Tx, tokens: readonly Leased[]): Promise<Map<string, Policy>> {
	const { anyOf, jsonText } = tx.dialect;
	const rows = await tx.all<{ id: string; on_failure: string | null; retries: string | null }>(sql<{ id: string; on_failure: string | null; retries: string | null }>`select id, ${jsonText(sql`config`, ['onFailure'])} as on_failure,
			${jsonText(sql`config`, ['retries'])} as retries from journey where ${anyOf(sql`id`, [...new Set(tokens.map(({ journey }) => journey))])}`);
	return new Map(rows.map((row) => [row.id, { retry: row.on_failure === 'retry', retries: row.retries === null ? RETRIES : Number(row.retries) }]));
}

/** PROTOCOL 6: one for all of a lease. */
async function hasReceipt(tx: Tx, nonce: string): Promise<boolean> {
	return (await tx.first(sql`select 1 as one from lease where nonce = ${nonce} and begun_at is not null`)) !== undefined;
}

/** PROTOCOL 3. SQLite's transaction is the lock. */
async function lockLeased(tx: Tx, nonce: string, state: LeasedState = 'claimed'): Promise<void> {
	if (tx.dialect.name === 'sqlite') return;
	const enrollments = await tx.all<{ enrollment: number }>(sql<{ enrollment: number }>`select distinct enrollment from token where ${isLeased(nonce, state)}`);
	await lockEnrollments(tx, enrollments.map((row) => row.enrollment));
	await tx.all(sql`select id from token where ${isLeased(nonce, state)} ${inOrder(tx)}`);
}

async function leased(tx: Tx, nonce: string, state: LeasedState = 'claimed'): Promise<Leased[]> {
	return await tx.all<Leased>(sql<Leased>`select id, journey, failures from token where ${isLeased(nonce, state)}`);
}

/** Back to parked, each alone after a failure and later each time; the next claim's epoch fences what may still run. */
async function release(tx: Tx, tokens: readonly Leased[], reason: string | null): Promise<number> {
	if (tokens.length === 0) return 0;
	const policies = await policiesOf(tx, tokens);
	// Failures count here too: a journey that allows more of them must not be held for never having been started.
	const isLost = ({ journey, failures }: Leased) => failures >= Math.max(RELEASES, (policies.get(journey) ?? HOLD).retries);
	const lost = tokens.filter(isLost);
	await holdTokens(tx, lost.map((token) => token.id), reason ?? 'The execution for this person was never started. Check n8n, then use Journey Control: Retry Held.');
	const again = tokens.filter((token) => !isLost(token)).map((token) => ({ id: token.id, due_at: tx.nowMs + (reason === null ? 0 : Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** token.failures)) }));
	if (again.length === 0) return 0;
	return await tx.run(sql`update token set state = 'parked', nonce = null, lease_until = null, due_at = r.due_at, failures = failures + 1,
		lone = ${reason === null ? 0 : 1}, reason = ${reason?.slice(0, 500) ?? null}
		from ${tx.dialect.rows(again, { id: 'text', due_at: 'integer' }, 'r')} where token.id = r.id`);
}

/** Of those who came by no other step than the one where they stand: the people of a gate who have not left it. The nodes in its loop did not lead back to it. Answers with how many. */
async function backToGate(tx: Tx, nonce: string): Promise<number> {
	const at = await tx.first<{ type: string }>(sql<{ type: string }>`select s.type from lease l join step s on s.workflow = l.workflow and s.step = l.step where l.nonce = ${nonce}`);
	if (at?.type !== GATE) return 0;
	const inside = await stillAtGate(tx, (await leased(tx, nonce)).map(({ id }) => id));
	if (inside.length === 0) return 0;
	for (const { workflow, step } of inside) tx.wake(workflow, step);
	return await tx.run(sql`update token set state = 'parked', nonce = null, lease_until = null, due_at = ${tx.nowMs} where ${tx.dialect.anyOf(sql`id`, inside.map(({ id }) => id))}`);
}
