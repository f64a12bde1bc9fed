import { createHmac } from 'node:crypto';

import { dateMs, entryOf, formIn, isSame, malformed, refused } from '../callbacks/reading';
import type { Bounce, CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { alsoAt, whatsAppInbound } from '../whatsapp/inbound';
import { messageIn } from './callback-reading';
import { inboundReport } from './inbound';

export interface TwilioSecrets {
	authToken: string;
}

/** Delivery errors that say something about the number (https://www.twilio.com/docs/api/errors). */
const BOUNCES: Readonly<Record<string, Bounce>> = {
	'21211': { type: 'hard', category: 'invalid' }, '21614': { type: 'hard', category: 'not-mobile' },
	'30003': { type: 'soft', category: 'unreachable' }, '30004': { type: 'soft', category: 'blocked' },
	'30005': { type: 'hard', category: 'unknown' }, '30006': { type: 'hard', category: 'landline' },
	'30007': { type: 'soft', category: 'filtered' }, '30008': { type: 'soft', category: 'unknown-error' },
	'30011': { type: 'soft', category: 'no-mms' }, '30017': { type: 'soft', category: 'congestion' }, '30022': { type: 'soft', category: 'rate-limit' },
	'30034': { type: 'soft', category: 'unregistered-sender' },
	'63003': { type: 'soft', category: 'undeliverable' }, '63024': { type: 'soft', category: 'undeliverable' }, '63033': { type: 'soft', category: 'blocked' },
};

/** Twilio says undelivered, but WhatsApp never sent it: the window is closed, the sender or account is held back, Meta chose not to. */
const NOT_SENT: ReadonlySet<string> = new Set(['63013', '63016', '63018', '63032', '63049']);
/** Before addresses of that channel, in both directions. */
const WHATSAPP = 'whatsapp:';

const OPTED_OUT = '21610';
const OPT_OUT_TYPES = { STOP: 'stop', START: 'start', HELP: 'help' } as const;

/**
 * Status callbacks and incoming messages (https://www.twilio.com/docs/messaging/guides/track-outbound-message-status,
 * https://www.twilio.com/docs/messaging/guides/webhook-request). Signed with the account's token over the address and the form fields
 * (https://www.twilio.com/docs/usage/security#validating-requests).
 */
export const twilioCallbacks: CallbackReader<TwilioSecrets> = {
	provider: 'twilio',
	read: (request, secrets) => Promise.resolve(read(request, secrets)),
};

function read(request: CallbackRequest, { authToken }: TwilioSecrets): CallbackResult {
	const form = formIn(request);
	const given = request.headers['x-twilio-signature'] ?? '';
	if (authToken === '' || !signedAddresses(request.url).some((url) => isSame(given, signatureOf(url, form, authToken)))) {
		return refused('The signature of Twilio (X-Twilio-Signature) is missing or wrong. Check the Auth Token in the credential, and that the public address is the one Twilio calls.');
	}
	const sid = form.get('MessageSid') ?? form.get('SmsSid') ?? '';
	if (sid === '') return malformed('The call of Twilio names no message (MessageSid).');
	const status = form.get('MessageStatus') ?? form.get('SmsStatus') ?? '';
	if (status === 'received' || (status === '' && form.has('Body'))) return { kind: 'reports', reports: [inboundOf(form, sid)] };
	const onWhatsApp = isWhatsApp(form.get('To'));
	const report = statusReport(status, form.get('ErrorCode') ?? '', onWhatsApp);
	if (report === null) return { kind: 'reports', reports: [] };
	// Dates come with receipts of carriers as YYMMDDhhmm without a zone: not to be told from one another.
	return { kind: 'reports', reports: [{ ...report, ...(onWhatsApp ? { channel: 'whatsapp' as const, ...alsoAt(withoutChannel(form.get('To'))) } : {}), message: messageIn(request), providerId: sid, address: withoutChannel(form.get('To')), atMs: dateMs(form.get('Timestamp')), id: `${sid}:${status}` }] };
}

function inboundOf(form: URLSearchParams, id: string): DeliveryReport {
	const [from, to] = [form.get('From') ?? '', withoutChannel(form.get('To'))];
	const came = { id, from: withoutChannel(from) ?? '', to, text: form.get('Body') ?? '', atMs: null, meant: entryOf(OPT_OUT_TYPES, form.get('OptOutType')) };
	if (!isWhatsApp(from)) return inboundReport(came);
	const [payload, answers] = [form.get('ButtonPayload') ?? form.get('ListId'), form.get('OriginalRepliedMessageSid')];
	return whatsAppInbound({
		...came, text: form.get('ButtonText') ?? form.get('ListTitle') ?? came.text, type: form.get('MessageType') ?? 'text', senders: [to, form.get('MessagingServiceSid')].flatMap((name) => (name === null || name === '' ? [] : [name])),
		...(payload === null ? {} : { payload }), ...(answers === null ? {} : { answers }),
	});
}

function isWhatsApp(address: string | null): boolean {
	return address?.startsWith(WHATSAPP) === true;
}

function withoutChannel(address: string | null): string | null {
	return address?.startsWith(WHATSAPP) === true ? address.slice(WHATSAPP.length) : address;
}

type Told = Pick<DeliveryReport, 'kind' | 'bounce' | 'reason'>;

/** null: on the way (queued, sending, sent), which nobody has to know. */
function statusReport(status: string, code: string, onWhatsApp: boolean): Told | null {
	if (status === 'read' && onWhatsApp) return { kind: 'opened' };
	if (status === 'delivered' || status === 'read') return { kind: 'delivered' };
	if (status !== 'undelivered' && status !== 'failed') return null;
	if (code === OPTED_OUT) return { kind: 'unsubscribed', reason: `Twilio error ${code}` };
	const reason = code === '' ? {} : { reason: `Twilio error ${code}` };
	const bounce = entryOf(BOUNCES, code);
	if (bounce !== undefined) return { kind: 'bounced', bounce, ...reason };
	return status === 'failed' || NOT_SENT.has(code) ? { kind: 'failed', ...reason } : { kind: 'bounced', bounce: { type: 'soft', category: 'undelivered' }, ...reason };
}

function signatureOf(url: string, form: URLSearchParams, authToken: string): string {
	const names = [...new Set(form.keys())].sort();
	// Of a field that comes twice each value counts once, in order.
	const fields = names.map((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value).join('')).join('');
	return createHmac('sha1', authToken).update(url + fields).digest('base64');
}

/** Twilio signs the address with its port or without, whichever it was given; proxies add or drop the usual one. */
function signedAddresses(url: string): string[] {
	const found = /^(https?):\/\/([^/:?#]+)(:\d+)?(.*)$/.exec(url);
	if (found === null) return [url];
	const [, scheme = '', host = '', port, rest = ''] = found;
	return [url, port === undefined ? `${scheme}://${host}:${scheme === 'https' ? 443 : 80}${rest}` : `${scheme}://${host}${rest}`];
}
