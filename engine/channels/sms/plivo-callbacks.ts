import { createHmac } from 'node:crypto';

import { entryOf, formIn, isSame, malformed, refused } from '../callbacks/reading';
import type { Bounce, CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { messageIn, withPlus } from './callback-reading';
import { inboundReport } from './inbound';

export interface PlivoSecrets {
	authToken: string;
}

/** https://www.plivo.com/docs/messaging/troubleshooting/error-codes */
const BOUNCES: Readonly<Record<string, Bounce>> = {
	'20': { type: 'soft', category: 'network' }, '30': { type: 'soft', category: 'spam-block' }, '50': { type: 'hard', category: 'invalid' },
	'70': { type: 'hard', category: 'unavailable' }, '80': { type: 'soft', category: 'unreachable' }, '90': { type: 'soft', category: 'no-route' },
	'100': { type: 'soft', category: 'carrier-block' }, '420': { type: 'soft', category: 'expired' },
};
const OPTED_OUT = '200';

/** Message status callbacks and incoming messages, signed over the address with its query, the form fields and a nonce (signature V3). */
export const plivoCallbacks: CallbackReader<PlivoSecrets> = {
	provider: 'plivo',
	read: (request, secrets) => Promise.resolve(read(request, secrets)),
};

function read(request: CallbackRequest, { authToken }: PlivoSecrets): CallbackResult {
	const form = formIn(request);
	if (!isSigned(request, form, authToken)) return refused('The signature of Plivo (X-Plivo-Signature-V3) is missing or wrong. Check the Auth Token in the credential, and that the public address is the one Plivo calls.');
	const uuid = form.get('MessageUUID') ?? '';
	if (uuid === '') return malformed('The call of Plivo names no message (MessageUUID).');
	const status = form.get('Status');
	if (status === null) return { kind: 'reports', reports: [inboundReport({ id: uuid, from: withPlus(form.get('From') ?? ''), to: withPlus(form.get('To') ?? ''), text: form.get('Text') ?? '', atMs: null })] };
	const told = statusReport(status, form.get('ErrorCode') ?? '');
	if (told === null) return { kind: 'reports', reports: [] };
	const message = form.get('ParentMessageUUID') ?? uuid;
	return { kind: 'reports', reports: [{ ...told, message: messageIn(request), providerId: message, address: withPlus(form.get('To') ?? '') || null, atMs: null, id: `${uuid}:${status}` }] };
}

/** null: on the way (queued, sent). */
function statusReport(status: string, code: string): Pick<DeliveryReport, 'kind' | 'bounce' | 'reason'> | null {
	if (status === 'delivered' || status === 'read') return { kind: 'delivered' };
	if (status !== 'undelivered' && status !== 'failed' && status !== 'rejected') return null;
	const reason = code === '' ? {} : { reason: `Plivo error ${code}` };
	if (code === OPTED_OUT) return { kind: 'unsubscribed', ...reason };
	const bounce = entryOf(BOUNCES, code);
	if (bounce !== undefined) return { kind: 'bounced', bounce, ...reason };
	return status === 'undelivered' ? { kind: 'bounced', bounce: { type: 'soft', category: 'undelivered' }, ...reason } : { kind: 'failed', ...reason };
}

/** Of the account that the number belongs to, or of the main account over it (MA); a header holds several while a token is changed. */
function isSigned({ url, headers }: CallbackRequest, form: URLSearchParams, authToken: string): boolean {
	const nonce = headers['x-plivo-signature-v3-nonce'] ?? '';
	const given = [headers['x-plivo-signature-v3'], headers['x-plivo-signature-ma-v3']].flatMap((header) => header?.split(',') ?? []);
	if (nonce === '' || authToken === '') return false;
	const expected = createHmac('sha256', authToken).update(`${signedText(url, form)}.${nonce}`).digest('base64');
	return given.some((signature) => isSame(signature.trim(), expected));
}

/** The address, `?` and its query sorted, `.` between query and fields, then the fields sorted, names and values without anything in between. */
function signedText(url: string, form: URLSearchParams): string {
	const at = url.indexOf('?');
	const query = sorted(new URLSearchParams(at < 0 ? '' : url.slice(at + 1))).map(([name, value]) => `${name}=${value}`).join('&');
	const fields = sorted(form).map(([name, value]) => name + value).join('');
	const base = at < 0 ? url : url.slice(0, at);
	return base + (query !== '' || fields !== '' ? `?${query}` : '') + (query !== '' && fields !== '' ? '.' : '') + fields;
}

function sorted(params: URLSearchParams): Array<[string, string]> {
	return [...params].sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1));
}
