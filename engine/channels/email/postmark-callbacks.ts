import { isJsonObject, type JsonObject } from '../../kernel';
import { keyedReader } from '../callbacks/keyed';
import { userAgentIn } from '../callbacks/reading';
import { mailReports, postmarkMail } from './inbound';
import type { Bounce, DeliveryReport } from '../callbacks/types';
import { messageOfMarks } from './recipients';

/**
 * Bounces by Postmark's type (https://postmarkapp.com/developer/api/bounce-api, bounce types). Left out are those that are no bounces: replies of machines,
 * changes of addresses, challenges, and mails to Postmark itself.
 */
const BOUNCES: Readonly<Record<string, Bounce>> = {
	HardBounce: { type: 'hard', category: 'invalid' },
	BadEmailAddress: { type: 'hard', category: 'invalid' },
	Transient: { type: 'soft', category: 'transient' },
	SoftBounce: { type: 'soft', category: 'undelivered' },
	DnsError: { type: 'soft', category: 'dns' },
	SpamNotification: { type: 'soft', category: 'spam-block' },
	VirusNotification: { type: 'soft', category: 'content' },
	Blocked: { type: 'soft', category: 'blocked' },
	DMARCPolicy: { type: 'soft', category: 'policy' },
	Unknown: { type: 'soft', category: 'unknown' },
	OpenRelayTest: { type: 'soft', category: 'unknown' },
	SMTPApiError: { type: 'soft', category: 'unknown' },
};
/** What Postmark took and then did not send. */
const NOT_SENT: ReadonlySet<string> = new Set(['ManuallyDeactivated', 'Unconfirmed', 'TemplateRenderingFailed']);

/** Postmark's webhooks (https://postmarkapp.com/developer/webhooks/webhooks-overview) and inbound mails, which are people's replies. They are not signed. */
export const postmarkCallbacks = keyedReader('postmark', (event) => {
	const { RecordType: type } = event;
	switch (type) {
		case 'Delivery':
			return report(event, { kind: 'delivered', address: event.Recipient, at: event.DeliveredAt, id: ['delivery'] });
		case 'Bounce':
			return bounce(event);
		case 'SpamComplaint':
			return report(event, { kind: 'complained', address: event.Email, at: event.BouncedAt, id: ['bounce', event.ID] });
		case 'Open':
			return { ...report(event, { kind: 'opened', address: event.Recipient, at: event.ReceivedAt, id: ['open', event.ReceivedAt] }), ...userAgentIn(event.UserAgent) };
		case 'Click':
			return {
				...report(event, { kind: 'clicked', address: event.Recipient, at: event.ReceivedAt, id: ['click', event.ReceivedAt, event.OriginalLink] }), ...userAgentIn(event.UserAgent), url: text(event.OriginalLink) ?? '',
			};
		case 'SubscriptionChange':
			return subscription(event);
		default:
			// Inbound mails bear no record type.
			return isJsonObject(event.FromFull) ? inbound(event) : null;
	}
});

interface Facts {
	kind: DeliveryReport['kind'];
	address: unknown;
	at: unknown;
	/** What tells this event of a message from its others. */
	id: readonly unknown[];
}

function report(event: JsonObject, { kind, address, at, id }: Facts): DeliveryReport {
	const { message, isCopy } = messageOfMarks(isJsonObject(event.Metadata) ? event.Metadata : {}, text(address));
	const providerId = text(event.MessageID);
	const time = text(at);
	const atMs = time === null ? Number.NaN : Date.parse(time);
	return {
		kind, message, providerId: isCopy ? null : providerId, address: text(address), atMs: Number.isNaN(atMs) ? null : atMs,
		id: [providerId ?? '', text(address) ?? '', ...id].map((part) => String(part ?? '')).join(' '),
	};
}

function bounce(event: JsonObject): DeliveryReport | null {
	const type = text(event.Type) ?? '';
	const base = (kind: DeliveryReport['kind']): DeliveryReport => report(event, { kind, address: event.Email, at: event.BouncedAt, id: ['bounce', event.ID] });
	if (type === 'SpamComplaint') return base('complained');
	if (type === 'Unsubscribe') return base('unsubscribed');
	if (NOT_SENT.has(type)) return { ...base('failed'), reason: `Postmark did not send it (${type})` };
	const found = Object.hasOwn(BOUNCES, type) ? BOUNCES[type] : undefined;
	return found === undefined ? null : { ...base('bounced'), bounce: found };
}

/** What people themselves chose. Bounces and complaints, which change it too, have events of their own; what staff did at Postmark is nobody's word. */
function subscription(event: JsonObject): DeliveryReport | null {
	if (event.Origin !== 'Recipient') return null;
	if (event.SuppressSending === true && event.SuppressionReason !== 'ManualSuppression') return null;
	return report(event, { kind: event.SuppressSending === true ? 'unsubscribed' : 'resubscribed', address: event.Recipient, at: event.ChangedAt, id: ['subscription', event.ChangedAt] });
}

async function inbound(event: JsonObject): Promise<DeliveryReport[]> {
	const mail = await postmarkMail(event);
	return mail === null ? [] : await mailReports(mail);
}

/** null: absent, empty, or no text. */
function text(value: unknown): string | null {
	return typeof value === 'string' && value !== '' ? value : null;
}
