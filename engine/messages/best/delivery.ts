import { sql } from 'kysely';

import { CALLBACK_PROVIDERS } from '../../channels/callbacks';
import type { Reader } from '../../store';
import type { BestChannelRequest } from './types';

/** A message of the visit, as the ledger has it now. */
export interface Said {
	id: string;
	token: string;
	trail: string;
	step: string;
	channel: string;
	provider: string | null;
	state: string;
	reason: string | null;
	/** 1: somebody, or something, has looked at it, or answered it. */
	looked: number;
	delivered: number;
	bounced: number;
	/** 1: other nodes have sent it (Journey Any Channel). */
	foreign_sender: number;
}

/** Messages of these tokens, and these by id. */
export async function messagesOf(reader: Reader, tokens: readonly string[], ids: readonly string[]): Promise<Said[]> {
	const bit = (condition: ReturnType<typeof sql>) => sql`case when ${condition} then 1 else 0 end`;
	return await reader.all<Said>(sql<Said>`select m.id, m.token, m.trail, m.step, m.channel, m.provider, m.state, m.reason,
			${bit(sql`m.opened_at is not null or m.clicked_at is not null or m.complained_at is not null or m.replied_at is not null or m.auto_replied_at is not null or m.machine_opens + m.machine_clicks > 0`)} as looked,
			${bit(sql`m.delivered_at is not null`)} as delivered, ${bit(sql`m.bounced_at is not null`)} as bounced, ${bit(sql`s.type = 'anyChannel'`)} as foreign_sender
		from message m left join step s on s.workflow = m.workflow and s.step = m.step
		where ${reader.dialect.anyOf(sql`m.token`, tokens)} or ${reader.dialect.anyOf(sql`m.id`, ids)}`);
}

/**
 * Services that tell when a message has arrived, by the name in the ledger. Of all others, a mail server that speaks SMTP among them, nobody ever hears (of Expo
 * only that Apple or Google took it): what they have taken counts as delivered, or everybody would get the next channel as well. For web push the service worker tells.
 */
const TELLING: ReadonlySet<string> = new Set(['webpush', ...CALLBACK_PROVIDERS.flatMap(({ name, deliveries = true }) => (deliveries ? [name] : []))]);

/** A message on the site has arrived when it was shown. */
function isTold({ channel, provider, foreign_sender: foreign }: Said): boolean {
	return Number(foreign) === 0 && (channel === 'onsite' || TELLING.has(provider ?? ''));
}

export type Fate = { kind: 'reached' } | { kind: 'wait' } | { kind: 'next'; reason: string };

/**
 * Whether the message has reached the person, as far as the ledger knows by now. sent: its sender let them go on by Sent. late: they have waited as long as they
 * should. Held out people, and those who have the message from earlier in the run, went on by Sent and get no other channel instead.
 */
export function fateOf(message: Said | null, sent: boolean, request: BestChannelRequest, late: boolean): Fate {
	if (message === null) return { kind: 'next', reason: 'no message was sent behind this output' };
	const { state, reason } = message;
	if (Number(message.looked) === 1) return { kind: 'reached' };
	if (Number(message.bounced) === 1) return { kind: 'next', reason: 'the message came back' };
	if (Number(message.delivered) === 1) return { kind: 'reached' };
	if (state === 'skipped' && sent) return { kind: 'reached' };
	if (state === 'skipped' || state === 'failed') return { kind: 'next', reason: reason ?? `the message was ${state === 'failed' ? 'refused' : 'not sent'}` };
	if (state === 'unknown' && request.unknown === 'next') return { kind: 'next', reason: 'nobody knows whether the message left' };
	if (request.deliveryWithinMs === null || (state === 'sent' && !isTold(message))) return { kind: 'reached' };
	return late ? { kind: 'next', reason: `not told to have arrived within ${inWords(request.deliveryWithinMs)}` } : { kind: 'wait' };
}

function inWords(ms: number): string {
	const minutes = Math.round(ms / 60_000);
	return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}
