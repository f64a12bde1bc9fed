import { sql } from 'kysely';

import type { Tx } from '../store';
import type { MessageState } from './types';

/**
 * The ledger's transitions, all set-based:
 * reserved -> skipped | deferred | attempting; deferred -> reserved; attempting -> sent | failed | unknown | deferred | reserved
 * (the last two only when the provider certainly has not taken it); unknown -> sent | failed on late evidence.
 */
export interface Ending {
	id: string;
	state: Extract<MessageState, 'sent' | 'failed' | 'unknown' | 'deferred' | 'reserved'>;
	reason: string | null;
	providerId: string | null;
	deferredUntilMs: number | null;
}

/** Ends attempts of this nonce. A message that somebody else has settled meanwhile is left alone; answers with the ids written. */
export async function endAttempts(tx: Tx, nonce: string, provider: string, endings: readonly Ending[]): Promise<Set<string>> {
	if (endings.length === 0) return new Set();
	const rows = endings.map((ending) => ({
		id: ending.id, state: ending.state, reason: ending.reason, provider_id: ending.providerId, deferred_until: ending.deferredUntilMs,
		ended_at: ending.state === 'sent' || ending.state === 'failed' || ending.state === 'unknown' ? tx.nowMs : null,
	}));
	const given = tx.dialect.rows(rows, { id: 'text', state: 'text', reason: 'text', provider_id: 'text', deferred_until: 'integer', ended_at: 'integer' }, 'r');
	const written = await tx.all<{ id: string }>(sql<{ id: string }>`update message set state = r.state, reason = r.reason, provider = ${provider},
		provider_id = r.provider_id, deferred_until = r.deferred_until, ended_at = r.ended_at, attempt_until = null
		from ${given} where message.id = r.id and message.attempt_nonce = ${nonce} and message.state in ('attempting', 'unknown') returning message.id`);
	return new Set(written.map((row) => row.id));
}

/** Ends messages that were never attempted. */
export async function skipMessages(tx: Tx, skipped: ReadonlyArray<{ id: string; reason: string }>): Promise<void> {
	if (skipped.length === 0) return;
	await tx.run(sql`update message set state = 'skipped', reason = r.reason, ended_at = ${tx.nowMs}
		from ${tx.dialect.rows(skipped, { id: 'text', reason: 'text' }, 'r')} where message.id = r.id and message.state in ('reserved', 'deferred')`);
}

export async function deferMessages(tx: Tx, deferred: ReadonlyArray<{ id: string; reason: string; until: number }>): Promise<void> {
	if (deferred.length === 0) return;
	await tx.run(sql`update message set state = 'deferred', reason = r.reason, deferred_until = r.until
		from ${tx.dialect.rows(deferred, { id: 'text', reason: 'text', until: 'integer' }, 'r')} where message.id = r.id and message.state in ('reserved', 'deferred')`);
}

/** PROTOCOL 15: an attempt whose process did not come back in time may or may not have left; it is never silently made again. */
export async function markUnknown(tx: Tx, ids: readonly string[]): Promise<void> {
	if (ids.length === 0) return;
	await tx.run(sql`update message set state = 'unknown', reason = 'n8n stopped while this message was being sent; it may or may not have arrived', ended_at = ${tx.nowMs}
		where ${tx.dialect.anyOf(sql`id`, ids)} and state = 'attempting' and attempt_until <= ${tx.nowMs}`);
}
