import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { CallingExecution } from '../privacy/types';
import type { Store, Tx } from '../store';
import { inOrder } from './end';
import type { BeginInput, BeginResult } from './types';

export type Begun = (tx: Tx, execution: CallingExecution) => Promise<void>;

/**
 * PROTOCOL 6: what an execution does first. Records the receipt, in the lease's row: it is one for all who are claimed under this nonce, and a claim
 * gives a new one. Gives back only tokens still claimed by this emission;
 * the others have been claimed again, have left, or are held: their items are dropped and counted.
 * Throws WRONG_WORKFLOW. `begun` is told of the execution, in the same transaction.
 */
export async function begin(store: Store, input: BeginInput, begun?: Begun): Promise<BeginResult> {
	return await store.tx('begin', async (tx) => {
		const lease = await tx.first<{ workflow: string; size: number }>(sql<{ workflow: string; size: number }>`select workflow, size from lease where nonce = ${input.nonce}`);
		if (lease === undefined) return { live: [], dropped: 0 };
		if (lease.workflow !== input.workflow) {
			throw new EngineError('WRONG_WORKFLOW', 'This batch of people belongs to another workflow. Journey steps resume only in the workflow they were parked in.');
		}
		await tx.run(sql`update lease set begun_at = ${tx.nowMs}, steps = ${tx.dialect.json(input.steps)}, foreign_effects = ${input.foreignEffects ? 1 : 0}, foreign_waits = ${input.foreignWaits ?? null} where nonce = ${input.nonce}`);
		const live = await tx.all<{ id: string }>(sql<{ id: string }>`select id from token where nonce = ${input.nonce} and state = 'claimed' ${inOrder(tx)}`);
		const dropped = Math.max(0, lease.size - live.length);
		if (dropped > 0) await tx.run(sql`update lease set dropped = ${dropped} where nonce = ${input.nonce}`);
		if (input.execution !== undefined && live.length > 0) await begun?.(tx, input.execution);
		return { live: live.map((row) => row.id), dropped };
	});
}

/** PROTOCOL 8. A lease that was claimed again by another process is not renewed: its nonce is gone from the tokens. */
export async function renew(store: Store, nonce: string, leaseMs: number): Promise<void> {
	await store.tx('renew', async (tx) => {
		const until = tx.nowMs + leaseMs;
		await tx.run(sql`update token set lease_until = ${until} where nonce = ${nonce} and state = 'claimed' and lease_until < ${until}`);
		await tx.run(sql`update lease set lease_until = ${until} where nonce = ${nonce} and lease_until < ${until}`);
	});
}

/** Leases that ran out long ago and hold nobody: left by processes that died, their people claimed by others since. */
const FORGET_AFTER_MS = 86_400_000;

export async function forgetLeases(store: Store): Promise<number> {
	return await store.tx('forget-leases', (tx) =>
		tx.run(sql`delete from lease where lease_until < ${tx.nowMs - FORGET_AFTER_MS} and not exists (select 1 from token where token.nonce = lease.nonce)`));
}
