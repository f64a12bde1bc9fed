import { sql } from 'kysely';

import { costInMillionths } from '../channels/sms';
import { takeBackCoupons } from '../coupons';
import { PAUSED_GUARD, tally } from '../journeys';
import { storableProviderId } from '../reports';
import type { SegmentTracker } from '../segments';
import type { Tx } from '../store';
import type { Billed } from './channel';
import type { GuardName, MessageState } from './types';
import { WARM_UP } from './warm-up';

/** Whose the messages of erased people are: a profile id that is never given. */
export const NOBODY = 0;

/**
 * The ledger's transitions, all set-based:
 * reserved -> skipped | deferred | attempting; deferred -> reserved; attempting -> sent | failed | unknown | deferred | reserved
 * (the last two only when the provider certainly has not taken it); unknown -> sent | failed on late evidence.
 *
 * Whose messages were sent, failed or skipped by it is answered, since rules of segments and scores ask for that: see tellSegments.
 */
export interface Ending {
	id: string;
	state: Extract<MessageState, 'sent' | 'failed' | 'unknown' | 'deferred' | 'reserved'>;
	reason: string | null;
	providerId: string | null;
	deferredUntilMs: number | null;
	billed?: Billed;
	/** The provider was not asked, so that this was no attempt. */
	untried?: boolean;
}

/** Begins the nonce of an attempt that delivers into this database (LocalDelivery). */
export const LOCAL_NONCE = 'local:';
const LOCAL_LOST = 'n8n stopped before this message was put where the person finds it';

/** Those among these that a dead process was about to deliver into this database: nothing was delivered, and they may be tried anew. Whoever still works on one finds its nonce gone. */
export async function takeBackLocal(tx: Tx, ids: readonly string[]): Promise<void> {
	if (ids.length === 0) return;
	await tx.run(sql`update message set state = 'reserved', attempt_nonce = null, attempt_until = null where ${tx.dialect.anyOf(sql`id`, ids)}
		and state = 'attempting' and attempt_until <= ${tx.nowMs} and attempt_nonce like ${`${LOCAL_NONCE}%`}`);
}

/** The same where nobody will try them anew. `others`: those that are left; `profiles`: whose have failed. */
export async function failLocal(tx: Tx, ids: readonly string[]): Promise<{ others: string[]; profiles: number[] }> {
	if (ids.length === 0) return { others: [], profiles: [] };
	const failed = await tx.all(sql<Owned & { id: string; journey: string | null; time_scale: number }>`update message set state = 'failed', reason = case when message.profile = ${NOBODY} then 'erased' else ${LOCAL_LOST} end, ended_at = ${tx.nowMs}
		where ${tx.dialect.anyOf(sql`id`, ids)} and state = 'attempting' and attempt_until <= ${tx.nowMs} and attempt_nonce like ${`${LOCAL_NONCE}%`} returning message.profile, message.id, message.journey,
			coalesce((select e.time_scale from enrollment e where e.id = message.enrollment), 1) as time_scale`);
	await tally(tx, 'failed', failed.filter((row) => Number(row.time_scale) === 1).map(({ journey }) => journey));
	const gone = new Set(failed.map(({ id }) => id));
	return { others: ids.filter((id) => !gone.has(id)), profiles: owners(failed) };
}

/** It reached somebody, as the service told before the attempt had ended here. */
const ARRIVED = sql`(message.delivered_at is not null or message.opened_at is not null or message.clicked_at is not null or message.complained_at is not null or message.replied_at is not null or message.auto_replied_at is not null)`;
/** It was at least handed over. */
const LEFT = sql`(${ARRIVED} or message.bounced_at is not null)`;

/** Ends attempts of this nonce. A message that somebody else has settled meanwhile is left alone. Answers with whose they were, and which of them are sent. */
export async function endAttempts(tx: Tx, nonce: string, provider: string, endings: readonly Ending[]): Promise<{ profiles: number[]; sent: string[] }> {
	if (endings.length === 0) return { profiles: [], sent: [] };
	const rows = endings.map((ending) => ({
		id: ending.id, state: ending.state, reason: ending.reason, provider_id: storableProviderId(ending.providerId), deferred_until: ending.deferredUntilMs,
		untried: ending.untried === true ? 1 : 0, segments: ending.billed?.segments ?? null, cost: costInMillionths(ending.billed?.cost ?? null),
		ended_at: ending.state === 'sent' || ending.state === 'failed' || ending.state === 'unknown' ? tx.nowMs : null,
	}));
	// What the service has told meanwhile is more certain than how the call ended: it must not be sent a second time.
	const isSent = sql`(r.state = 'sent' or ${ARRIVED} or (r.state <> 'failed' and ${LEFT}))`;
	const given = tx.dialect.rows(rows, { id: 'text', state: 'text', reason: 'text', provider_id: 'text', deferred_until: 'integer', ended_at: 'integer', untried: 'integer', segments: 'integer', cost: 'integer' }, 'r');
	// Late evidence of an attempt that is unknown by now: its person has gone on, so "try again" can only mean "it failed".
	// Of somebody who was erased meanwhile only the count stays: a reason may quote the address, the provider's id leads to it.
	const written = await tx.all(sql<Owned & { id: string; state: string; journey: string | null; time_scale: number }>`update message set guard = null, provider = ${provider}, attempt_until = null, attempts = message.attempts - r.untried, segments = case when r.segments is null then message.segments else r.segments end, cost = case when r.segments is null then message.cost else r.cost end,
		reason = case when message.profile = ${NOBODY} then 'erased' when ${isSent} and r.state <> 'sent' then null else r.reason end, provider_id = case when message.profile = ${NOBODY} then null else coalesce(r.provider_id, message.provider_id) end,
		state = case when ${isSent} then 'sent' when message.state = 'unknown' and r.state in ('deferred', 'reserved') then 'failed' else r.state end,
		deferred_until = case when message.state = 'unknown' or ${isSent} then null else r.deferred_until end,
		ended_at = case when message.state = 'unknown' or ${isSent} then ${tx.nowMs} else r.ended_at end
		from ${given} where message.id = r.id and message.attempt_nonce = ${nonce} and message.state in ('attempting', 'unknown') returning message.profile, message.id, message.state, message.journey,
			coalesce((select e.time_scale from enrollment e where e.id = message.enrollment), 1) as time_scale`);
	// A test must not brake a journey of real people, nor make its failures look few.
	for (const state of ['sent', 'failed'] as const) await tally(tx, state, written.filter((row) => row.state === state && Number(row.time_scale) === 1).map(({ journey }) => journey));
	return { profiles: owners(written), sent: written.filter(({ profile, state }) => profile !== NOBODY && state === 'sent').map(({ id }) => id) };
}

interface Owned {
	profile: number;
}

function owners(rows: readonly Owned[]): number[] {
	return [...new Set(rows.map(({ profile }) => profile).filter((profile) => profile !== NOBODY))];
}

/** Ends messages that were never attempted. */
export async function skipMessages(tx: Tx, skipped: ReadonlyArray<{ id: string; guard: GuardName; reason: string }>): Promise<number[]> {
	if (skipped.length === 0) return [];
	const ended = await tx.all(sql<Owned>`update message set state = 'skipped', guard = r.guard, reason = r.reason, deferred_until = null, ended_at = ${tx.nowMs}
		from ${tx.dialect.rows(skipped, { id: 'text', guard: 'text', reason: 'text' }, 'r')} where message.id = r.id and message.state in ('reserved', 'deferred') returning message.profile`);
	await takeBackCoupons(tx, skipped.map(({ id }) => id));
	return owners(ended);
}

/**
 * Ends messages that nobody will take up any more: their person has left. Where the token still stands in a newer epoch,
 * or waits at the step to send this very message, it is that one's to send. No guard kept it from them, so no rule asks for it.
 */
export async function skipAbandoned(tx: Tx, ids: readonly string[]): Promise<void> {
	if (ids.length === 0) return;
	await tx.run(sql`update message set state = 'skipped', guard = null, reason = 'left the journey', deferred_until = null, ended_at = ${tx.nowMs}
		where ${tx.dialect.anyOf(sql`id`, ids)} and state in ('reserved', 'deferred') and enrollment is not null
		and not exists (select 1 from token t where t.enrollment = message.enrollment and (t.id = message.token or t.message = message.id))`);
	await takeBackCoupons(tx, ids);
}

/** guard: the one that makes it wait, null for anything else (a server that is away, a stop). How long a journey was paused, a sender warmed up, or a variant's time of day was ahead, is no hold of its people's. */
export async function deferMessages(tx: Tx, deferred: ReadonlyArray<{ id: string; guard: GuardName | null; reason: string; until: number }>): Promise<void> {
	if (deferred.length === 0) return;
	await tx.run(sql`update message set state = 'deferred', guard = r.guard, reason = r.reason, deferred_until = r.until,
		held_since = case when r.guard is null then message.held_since when r.guard in (${PAUSED_GUARD}, ${WARM_UP}, ${SEND_TIME}) then null else coalesce(message.held_since, ${tx.nowMs}) end
		from ${tx.dialect.rows(deferred, { id: 'text', guard: 'text', reason: 'text', until: 'integer' }, 'r')} where message.id = r.id and message.state in ('reserved', 'deferred')`);
}

/** What waits for the time of day of its variant. */
const SEND_TIME: GuardName = 'send time';

/** Of a message of a gate that was out when its execution ended, whatever ended it. */
export const NO_ANSWER = 'no answer came back from the nodes behind Send; it may or may not have been sent';

export const STOPPED_WHILE_SENT = 'n8n stopped while this message was being sent; it may or may not have arrived';

/**
 * PROTOCOL 15: an attempt whose process did not come back in time may or may not have left; it is never silently made again. Where the service has told of it, it
 * was sent. Answers with whose were.
 */
export async function markUnknown(tx: Tx, ids: readonly string[], reason = STOPPED_WHILE_SENT): Promise<number[]> {
	if (ids.length === 0) return [];
	const ended = await tx.all(sql<Owned & { state: string; journey: string | null; time_scale: number }>`update message set state = case when ${LEFT} then 'sent' else 'unknown' end,
		reason = case when ${LEFT} then null else cast(${reason} as text) end, ended_at = ${tx.nowMs}
		where ${tx.dialect.anyOf(sql`id`, ids)} and state = 'attempting' and attempt_until <= ${tx.nowMs} returning message.profile, message.state, message.journey,
			coalesce((select e.time_scale from enrollment e where e.id = message.enrollment), 1) as time_scale`);
	const sent = ended.filter(({ state }) => state === 'sent');
	await tally(tx, 'sent', sent.filter((row) => Number(row.time_scale) === 1).map(({ journey }) => journey));
	return owners(sent);
}

/** Segments and scores follow what became of these people's messages, in the transaction that wrote it. The profiles are locked. */
export async function tellSegments(tx: Tx, segments: Pick<SegmentTracker, 'refresh'>, profiles: readonly number[], sent: readonly string[] = []): Promise<void> {
	if (profiles.length === 0) return;
	await segments.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map(), messages: new Set(profiles), sent, historical: false });
}
