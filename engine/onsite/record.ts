import { sql } from 'kysely';

import type { TrackingMessage } from '../events/types';
import type { JsonObject } from '../kernel';
import type { Tx } from '../store';
import type { OnSiteParts } from './index';

/** Of events: nobody's write key has this name. */
export const SOURCE = 'on-site';

/** A message of the ledger, as events of it need it. */
export interface LedgerMessage {
	id: string;
	profile: number;
	enrollment: number | null;
	workflow: string | null;
	step: string;
	topic: string;
	variant: string | null;
}

export async function ledgerMessages(tx: Tx, ids: readonly string[]): Promise<LedgerMessage[]> {
	return await tx.all(sql<LedgerMessage>`select id, profile, enrollment, workflow, step, topic, variant from message where ${tx.dialect.anyOf(sql`id`, ids)} order by id`);
}

export interface OwnEvent {
	message: LedgerMessage;
	event: string;
	properties: JsonObject;
	/** Makes a repetition none. */
	key: string;
}

/** Events in the caller's transaction, after the ledger; journeys, segments and scores hear of them there. */
export async function tell({ events, segments }: Pick<OnSiteParts, 'events' | 'segments'>, tx: Tx, told: readonly OwnEvent[]): Promise<void> {
	if (told.length === 0) return;
	await events.ingestIn(tx, told.map(({ message, event, properties, key }): TrackingMessage => ({
		type: 'track', event, profileId: message.profile, message: message.id, messageId: key, properties: { message: message.id, step: message.step, workflow: message.workflow, ...(message.variant === null ? {} : { variant: message.variant }), ...properties },
		...(message.enrollment === null ? {} : { enrollment: message.enrollment }),
	})), { source: SOURCE, own: true });
	await segments.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map(), messages: new Set(told.map(({ message }) => message.profile)), historical: false });
}

/** Each of these is on the page from now on: counted once a decision, in its transaction. */
export async function recordShown(parts: Pick<OnSiteParts, 'events' | 'segments'>, tx: Tx, shown: ReadonlyArray<{ message: string; shows: number; kind: string }>, url: string): Promise<void> {
	if (shown.length === 0) return;
	const ids = shown.map(({ message }) => message);
	await tx.run(sql`update onsite_message set shows = shows + 1, last_shown_at = ${tx.nowMs} where ${tx.dialect.anyOf(sql`message`, ids)}`);
	await tx.run(sql`update message set opens = opens + 1, opened_at = coalesce(opened_at, ${tx.nowMs}), last_opened_at = ${tx.nowMs} where ${tx.dialect.anyOf(sql`id`, ids)}`);
	const times = new Map(shown.map((one) => [one.message, one]));
	await tell(parts, tx, (await ledgerMessages(tx, ids)).map((message): OwnEvent => {
		const { shows, kind } = times.get(message.id) ?? { shows: 0, kind: '' };
		return { message, event: 'On-Site Shown', properties: { kind, url, time: shows + 1 }, key: `shown:${message.id}:${shows + 1}` };
	}));
}
