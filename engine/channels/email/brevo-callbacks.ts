import { hashId, type JsonObject } from '../../kernel';
import { keyedReader, type CallbackKey } from '../callbacks/keyed';
import { entryOf, fieldsOf, listOf, secondsMs, sparesAddress, textOf, userAgentIn, type Fields } from '../callbacks/reading';
import { redacted } from '../redact';
import type { CallbackReader, DeliveryReport } from '../types';
import { brevoMail, mailReports } from './inbound';
import { bareMessageId } from './smtp-message';
import { messageOfMarks } from './recipients';

type Told = Pick<DeliveryReport, 'kind' | 'bounce' | 'machine'>;

/**
 * Events of Brevo's transactional webhooks (developers.brevo.com, Transactional webhooks); request, sent and deferred say nothing final. `unique_…` is told beside
 * the plain event of the same moment and becomes the same report. blocked: on Brevo's own list, so the mail was never tried.
 */
const EVENTS: Record<string, Told> = {
	delivered: { kind: 'delivered' },
	hard_bounce: { kind: 'bounced', bounce: { type: 'hard', category: 'hard_bounce' } },
	soft_bounce: { kind: 'bounced', bounce: { type: 'soft', category: 'soft_bounce' } },
	invalid_email: { kind: 'bounced', bounce: { type: 'hard', category: 'invalid_email' } },
	blocked: { kind: 'failed' }, error: { kind: 'failed' },
	spam: { kind: 'complained' }, complaint: { kind: 'complained' }, unsubscribed: { kind: 'unsubscribed' },
	opened: { kind: 'opened' }, proxy_open: { kind: 'opened', machine: true }, click: { kind: 'clicked' },
};

/** Brevo signs nothing: the callback's address or its login bears a key of the user's. One event a call, or a list of them; `items` are mails that came in. */
export const brevoCallbacks: CallbackReader<CallbackKey> = keyedReader('brevo', async (event) => (Array.isArray(event.items) ? (await Promise.all(listOf(event.items).map(fieldsOf).map(brevoMail).map(mailReports))).flat() : reportOf(event)));

function reportOf(event: JsonObject): DeliveryReport | null {
	const name = String(event.event).replace(/^unique_/, '');
	const told = entryOf(EVENTS, name);
	const address = textOf(event.email);
	const { message, isCopy } = messageOfMarks(marksIn(event['X-Mailin-custom']), address);
	if (told === undefined || isCopy) return null;
	const providerId = textOf(event['message-id']);
	const atMs = instantOf(event.ts_epoch) ?? instantOf(event.ts_event) ?? instantOf(event.ts);
	const [reason, link] = [textOf(event.reason), textOf(event.link)];
	const status = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(reason ?? '')?.[0] ?? null;
	const spared = told.bounce?.type === 'hard' && sparesAddress(status) ? { bounce: { ...told.bounce, type: 'soft' as const } } : {};
	return {
		...told, ...spared, message, providerId: providerId === null ? null : bareMessageId(providerId), address, atMs,
		id: hashId('brevo', name, providerId ?? '', address ?? '', String(atMs), link ?? ''),
		...(reason === null ? {} : { reason: redacted(reason, address === null ? [] : [address], []) }),
		...(told.kind === 'clicked' && link !== null ? { url: link } : {}),
		...(told.kind === 'clicked' || told.kind === 'opened' ? userAgentIn(event.user_agent) : {}),
	};
}

/** Other programs write what they like into it. */
function marksIn(custom: unknown): Fields {
	try {
		return fieldsOf(JSON.parse(textOf(custom) ?? ''));
	} catch {
		return {};
	}
}

/** Seconds or milliseconds since 1970: the documentation's samples have both in ts_epoch. */
function instantOf(value: unknown): number | null {
	const ms = secondsMs(value);
	return ms !== null && ms > 1e14 ? ms / 1000 : ms;
}
