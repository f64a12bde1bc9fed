import { createHash, createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

import jwt from 'jsonwebtoken';

import { callbackReader } from '../../../engine/channels/callbacks';
import type { CallbackRequest, CallbackResult } from '../../../engine/channels/types';

export const NOW_MS = Date.UTC(2026, 10, 23, 12);
const SECONDS = NOW_MS / 1000;
export const KEY = 'a-key-of-somebody';
const TO = '+4915112345678';
const URL_OF = 'https://shop.example/j/callbacks/x';
const sha = (bytes: string): string => createHash('sha256').update(bytes).digest('hex');

/** One service: a call that it might make, signed as it signs. */
export interface Caller {
	/** What its signature is over besides the key: nothing, where it only shows the key. */
	signs: ReadonlyArray<'body' | 'time'>;
	secrets(key: string): Record<string, unknown>;
	/** What a call holds that tells one thing. */
	sample: unknown;
	/** Of services that tell many things in one call: the call that holds these. */
	batch?(samples: unknown[]): unknown;
	form?: true;
	/** Of what a call holds, all of it: where the signature stands in the body. */
	wrap?(content: unknown, key: string): unknown;
	/** Reports in the sample. Default 1. */
	tells?: number;
	call(body: string, key: string): Partial<CallbackRequest>;
}

const pairs = new Map<string, { publicKey: KeyObject; privateKey: KeyObject }>();
/** Of whoever has this key. */
function pairOf(kind: 'ed25519' | 'ecdsa', key: string): { publicKey: KeyObject; privateKey: KeyObject } {
	const pair = pairs.get(kind + key) ?? (kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' }));
	pairs.set(kind + key, pair);
	return pair;
}
const spki = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' });
const hmac = (algorithm: string, key: string, text: string, encoding: 'hex' | 'base64'): string => createHmac(algorithm, key).update(text).digest(encoding);
const keyed = (sample: unknown, batch?: Caller['batch']): Caller => ({
	signs: [], sample, secrets: (callbackKey) => ({ callbackKey }), call: (_body, key) => ({ url: `${URL_OF}?key=${key}`, query: { key } }), ...(batch === undefined ? {} : { batch }),
});
const list = (samples: unknown[]): unknown => samples;
/** Names with their values, sorted, nothing in between. */
const run = (body: string): string => [...new URLSearchParams(body)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => name + value).join('');

export const CALLERS: Record<string, Caller> = {
	brevo: keyed({ event: 'delivered', email: 'ann@customer.example', 'message-id': '<m@x>', ts_epoch: NOW_MS, reason: 'ok', 'X-Mailin-custom': '{"journeys_message":"m1"}' }, list),
	http: keyed({ status: 'delivered', id: 'x1', to: TO, timestamp: '2026-11-23T11:00:00Z' }),
	infobip: keyed({ messageId: 'x1', to: TO, status: { groupName: 'DELIVERED', name: 'DELIVERED_TO_HANDSET' }, error: { name: 'NO_ERROR' }, doneAt: '2026-11-23T11:00:00Z', callbackData: 'm1' }, (results) => ({ results })),
	postmark: keyed({ RecordType: 'Bounce', Type: 'HardBounce', ID: 1, MessageID: 'x1', Email: 'ann@customer.example', BouncedAt: '2026-11-23T11:00:00Z', Metadata: { journeys_message: 'm1' } }, list),
	sinch: keyed({ type: 'recipient_delivery_report_sms', batch_id: 'x1', recipient: '4915112345678', status: 'Failed', code: 402, at: '2026-11-23T11:00:00Z', client_reference: 'm1' }),
	solapi: keyed({ messageId: 'x1', statusCode: '4000', to: '01012345678', customFields: { message: 'm1' }, dateReceived: '2026-11-23T11:00:00Z' }, list),
	sparkpost: keyed({ msys: { message_event: { type: 'bounce', bounce_class: '10', event_id: 'e1', rcpt_to: 'ann@customer.example', rcpt_meta: { journeys_message: 'm1' }, timestamp: SECONDS, transmission_id: 'x1', reason: 'no' } } }, list),
	mailgun: {
		signs: ['time'], secrets: (signingKey) => ({ signingKey }), call: () => ({}),
		wrap: (content, key) => ({ signature: { timestamp: String(SECONDS), token: 't', signature: hmac('sha256', key, `${SECONDS}t`, 'hex') }, 'event-data': content }),
		sample: { event: 'failed', severity: 'permanent', id: 'e1', timestamp: SECONDS, recipient: 'ann@customer.example', reason: 'bounce', 'delivery-status': { message: 'no', 'bounce-type': 'hard' }, message: { headers: { 'message-id': 'm@x' } }, 'user-variables': { journeys_message: 'm1' }, 'client-info': { bot: '' } },
	},
	resend: {
		signs: ['body', 'time'], secrets: (key) => ({ signingSecret: `whsec_${Buffer.from(key).toString('base64')}` }),
		sample: { type: 'email.bounced', created_at: '2026-11-23T11:00:00Z', data: { email_id: 'x1', to: ['ann@customer.example'], bounce: { type: 'Permanent', subType: 'General', message: 'no', diagnosticCode: ['smtp; 550 5.1.1'] }, tags: { journeys_message: 'm1' } } },
		call: (body, key) => ({ headers: { 'svix-id': 'e1', 'svix-timestamp': String(SECONDS), 'svix-signature': `v1,${hmac('sha256', key, `e1.${SECONDS}.${body}`, 'base64')}` } }),
	},
	sendgrid: {
		signs: ['body', 'time'], secrets: (key) => ({ verificationKey: key === '' ? '' : spki(pairOf('ecdsa', key).publicKey).toString('base64') }), batch: list,
		sample: { event: 'bounce', type: 'bounce', email: 'ann@customer.example', sg_event_id: 'e1', sg_message_id: 'x1.recvd-1', timestamp: SECONDS, reason: 'no', status: '5.1.1', bounce_classification: 'Invalid Address', journeys_message: 'm1' },
		call: (body, key) => ({ headers: { 'x-twilio-email-event-webhook-timestamp': String(SECONDS), 'x-twilio-email-event-webhook-signature': sign('sha256', Buffer.from(`${SECONDS}${body}`), pairOf('ecdsa', key).privateKey).toString('base64') } }),
	},
	twilio: {
		signs: ['body'], form: true, secrets: (authToken) => ({ authToken }), sample: { MessageSid: 'SM1', MessageStatus: 'undelivered', ErrorCode: '30005', To: TO },
		call: (body, key) => ({ headers: { 'x-twilio-signature': hmac('sha1', key, URL_OF + run(body), 'base64') } }),
	},
	plivo: {
		signs: ['body'], form: true, secrets: (authToken) => ({ authToken }), sample: { MessageUUID: 'x1', Status: 'delivered', To: TO },
		call: (body, key) => ({ headers: { 'x-plivo-signature-v3-nonce': '1', 'x-plivo-signature-v3': hmac('sha256', key, `${URL_OF}${body === '' ? '' : '?'}${run(body)}.1`, 'base64') } }),
	},
	telnyx: {
		signs: ['body', 'time'], secrets: (key) => ({ publicKey: key === '' ? '' : spki(pairOf('ed25519', key).publicKey).subarray(-32).toString('base64') }),
		sample: { data: { event_type: 'message.finalized', id: 'e1', occurred_at: '2026-11-23T11:00:00Z', payload: { id: 'x1', to: [{ phone_number: TO, status: 'delivery_failed' }], from: { phone_number: '+15005550006' }, errors: [{ code: '40001', title: 'Not routable' }], text: 'x' } } },
		call: (body, key) => ({ headers: { 'telnyx-timestamp': String(SECONDS), 'telnyx-signature-ed25519': sign(null, Buffer.from(`${SECONDS}|${body}`), pairOf('ed25519', key).privateKey).toString('base64') } }),
	},
	vonage: {
		signs: ['body', 'time'], secrets: (signatureSecret) => ({ signatureSecret, apiKey: 'abc' }), sample: { message_uuid: 'x1', status: 'rejected', to: '4915112345678', client_ref: 'm1', timestamp: '2026-11-23T11:00:00Z', error: { type: 'https://x#1170', title: '1170' } },
		call: (body, key) => ({ headers: { authorization: `Bearer ${token({ iss: 'Vonage', api_key: 'abc', payload_hash: sha(body) }, key)}` } }),
	},
	bird: {
		signs: ['body', 'time'], secrets: (signingKey) => ({ signingKey }), sample: { id: 'x1', status: 'delivery_failed', statusErrorCode: '1', recipient: '4915112345678', statusDatetime: '2026-11-23T11:00:00Z' },
		call: (body, key) => ({ headers: { 'messagebird-signature-jwt': token({ iss: 'MessageBird', exp: SECONDS + 60, url_hash: sha(URL_OF), payload_hash: sha(body) }, key) } }),
	},
	discord: {
		signs: ['body', 'time'], secrets: (key) => ({ publicKey: key === '' ? '' : spki(pairOf('ed25519', key).publicKey).subarray(-32).toString('hex') }),
		sample: { type: 2, id: 'i1', user: { id: 'u1' }, data: { name: 'start', options: [{ value: 'summer' }] } },
		call: (body, key) => ({ headers: { 'x-signature-timestamp': String(SECONDS), 'x-signature-ed25519': sign(null, Buffer.from(`${SECONDS}${body}`), pairOf('ed25519', key).privateKey).toString('hex') } }),
	},
	line: {
		signs: ['body'], tells: 2, secrets: (channelSecret) => ({ channelSecret }), batch: (events) => ({ events }),
		sample: { type: 'message', webhookEventId: 'e1', timestamp: NOW_MS, source: { type: 'user', userId: 'U1' }, message: { type: 'text', text: 'Hello', quotedMessageId: 'x1' } },
		call: (body, key) => ({ headers: { 'x-line-signature': hmac('sha256', key, body, 'base64') } }),
	},
	lob: {
		signs: ['body', 'time'], secrets: (webhookSecret) => ({ webhookSecret }),
		sample: { id: 'evt_1', date_created: '2026-11-23T11:00:00Z', event_type: { id: 'letter.delivered' }, body: { id: 'ltr_1', metadata: { journeys_message: 'm1' } } },
		call: (body, key) => ({ headers: { 'lob-signature-timestamp': String(NOW_MS), 'lob-signature': hmac('sha256', key, `${NOW_MS}.${body}`, 'hex') } }),
	},
	meta: {
		signs: ['body'], tells: 2, secrets: (key) => ({ appSecret: key, verifyToken: key }), batch: (changes) => ({ object: 'whatsapp_business_account', entry: [{ changes }] }),
		sample: { field: 'messages', value: {
			metadata: { phone_number_id: '1', display_phone_number: '15005550006' },
			statuses: [{ id: 'x1', status: 'failed', timestamp: String(SECONDS), recipient_id: '4915112345678', biz_opaque_callback_data: 'm1', errors: [{ code: 131026 }] }],
			messages: [{ id: 'w1', from: '4915112345678', timestamp: String(SECONDS), type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'b1', title: 'Yes' } }, context: { id: 'x1' } }],
		} },
		call: (body, key) => ({ headers: { 'x-hub-signature-256': `sha256=${hmac('sha256', key, body, 'hex')}` } }),
	},
	slack: {
		signs: ['body', 'time'], tells: 2, secrets: (signingSecret) => ({ signingSecret }),
		sample: { type: 'event_callback', event_id: 'E1', event_time: SECONDS, event: { type: 'message', channel_type: 'im', user: 'U1', text: 'Hello', channel: 'D1', thread_ts: '1.2' } },
		call: (body, key) => ({ headers: { 'x-slack-request-timestamp': String(SECONDS), 'x-slack-signature': `v0=${hmac('sha256', key, `v0:${SECONDS}:${body}`, 'hex')}` } }),
	},
	telegram: {
		signs: [], tells: 2, secrets: (webhookSecret) => ({ webhookSecret }),
		sample: { message: { message_id: 1, date: SECONDS, text: 'Hello', chat: { id: 1, type: 'private' }, reply_to_message: { message_id: 2 } }, my_chat_member: null },
		call: (_body, key) => ({ headers: { 'x-telegram-bot-api-secret-token': key } }),
	},
	viber: {
		signs: ['body'], tells: 2, secrets: (authToken) => ({ authToken }),
		sample: { event: 'message', timestamp: NOW_MS, message_token: 5, sender: { id: 'u1' }, message: { type: 'text', text: 'Hello', tracking_data: 'm1' } },
		call: (body, key) => ({ headers: { 'x-viber-content-signature': hmac('sha256', key, body, 'hex') } }),
	},
};

/** By hand, since the library signs with no empty secret; whoever attacks does. */
function token(claims: object, key: string): string {
	if (key !== '') return jwt.sign({ iat: SECONDS, ...claims }, key, { algorithm: 'HS256' });
	const signed = [{ alg: 'HS256', typ: 'JWT' }, { iat: SECONDS, ...claims }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
	return `${signed}.${createHmac('sha256', '').update(signed).digest('base64url')}`;
}

export interface Given {
	/** What it is signed with. Default: the key. */
	key?: string;
	/** Default: those of the key. */
	secrets?: Record<string, unknown>;
	/** It bears neither signature nor key. */
	unsigned?: true;
	/** What becomes of the body on the way, after it was signed. */
	changed?(body: string): string;
	/** When it is read. Default: when it was signed. */
	nowMs?: number;
}

/** What is read of a call of the provider with this content. */
export async function told(provider: string, content: unknown, { key = KEY, secrets, unsigned, changed = (body) => body, nowMs = NOW_MS }: Given = {}): Promise<CallbackResult> {
	const caller = CALLERS[provider] as Caller;
	const whole = caller.wrap === undefined ? content : unsigned === true ? { 'event-data': content } : caller.wrap(content, key);
	const body = caller.form === true ? new URLSearchParams(whole as Record<string, string>).toString() : JSON.stringify(whole);
	const request: CallbackRequest = { method: 'POST', url: URL_OF, query: {}, headers: {}, body: Buffer.from(changed(body)), ...(unsigned === true ? {} : caller.call(body, key)) };
	return await (callbackReader(provider) as NonNullable<ReturnType<typeof callbackReader>>).read(request, (secrets ?? caller.secrets(key)) as never, nowMs);
}
