import { createHash, createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

import jwt from 'jsonwebtoken';

import { callbackReader, CALLBACK_PROVIDERS } from '../../../engine/channels/callbacks';
import type { CallbackRequest, CallbackResult, DeliveryReport } from '../../../engine/channels/types';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const SECONDS = NOW_MS / 1000;
const KEY = 'a-key-of-somebody';
const TO = '+4915112345678';
const URL_OF = 'https://shop.example/j/callbacks/x';
const sha = (bytes: string): string => createHash('sha256').update(bytes).digest('hex');

/** One service: a call that it might make, signed as it signs. `key`: null stands for none at all. */
interface Caller {
	secrets(key: string): Record<string, unknown>;
	/** What a call holds that tells one thing. */
	sample: unknown;
	/** Of services that tell many things in one call: the call that holds these. */
	batch?(samples: unknown[]): unknown;
	form?: true;
	call(body: string, key: string): Partial<CallbackRequest>;
}

const ed25519 = generateKeyPairSync('ed25519');
const ecdsa = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spki = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' });
const hmac = (algorithm: string, key: string, text: string, encoding: 'hex' | 'base64'): string => createHmac(algorithm, key).update(text).digest(encoding);
const keyed = (sample: unknown, batch?: Caller['batch']): Caller => ({
	sample, secrets: (callbackKey) => ({ callbackKey }), call: (_body, key) => ({ url: `${URL_OF}?key=${key}`, query: { key } }), ...(batch === undefined ? {} : { batch }),
});
const list = (samples: unknown[]): unknown => samples;
/** Names with their values, sorted, nothing in between. */
const run = (body: string): string => [...new URLSearchParams(body)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => name + value).join('');

const CALLERS: Record<string, Caller> = {
	brevo: keyed({ event: 'delivered', email: 'ann@customer.example', 'message-id': '<m@x>', ts_epoch: NOW_MS, reason: 'ok', 'X-Mailin-custom': '{"journeys_message":"m1"}' }, list),
	http: keyed({ status: 'delivered', id: 'x1', to: TO, timestamp: '2026-11-23T11:00:00Z' }),
	infobip: keyed({ messageId: 'x1', to: TO, status: { groupName: 'DELIVERED', name: 'DELIVERED_TO_HANDSET' }, error: { name: 'NO_ERROR' }, doneAt: '2026-11-23T11:00:00Z', callbackData: 'm1' }, (results) => ({ results })),
	postmark: keyed({ RecordType: 'Bounce', Type: 'HardBounce', ID: 1, MessageID: 'x1', Email: 'ann@customer.example', BouncedAt: '2026-11-23T11:00:00Z', Metadata: { journeys_message: 'm1' } }, list),
	sinch: keyed({ type: 'recipient_delivery_report_sms', batch_id: 'x1', recipient: '4915112345678', status: 'Failed', code: 402, at: '2026-11-23T11:00:00Z', client_reference: 'm1' }),
	solapi: keyed({ messageId: 'x1', statusCode: '4000', to: '01012345678', customFields: { message: 'm1' }, dateReceived: '2026-11-23T11:00:00Z' }, list),
	sparkpost: keyed({ msys: { message_event: { type: 'bounce', bounce_class: '10', event_id: 'e1', rcpt_to: 'ann@customer.example', rcpt_meta: { journeys_message: 'm1' }, timestamp: SECONDS, transmission_id: 'x1', reason: 'no' } } }, list),
	mailgun: {
		secrets: (signingKey) => ({ signingKey }), call: () => ({}),
		sample: { event: 'failed', severity: 'permanent', id: 'e1', timestamp: SECONDS, recipient: 'ann@customer.example', reason: 'bounce', 'delivery-status': { message: 'no', 'bounce-type': 'hard' }, message: { headers: { 'message-id': 'm@x' } }, 'user-variables': { journeys_message: 'm1' }, 'client-info': { bot: '' } },
	},
	resend: {
		secrets: (key) => ({ signingSecret: `whsec_${Buffer.from(key).toString('base64')}` }),
		sample: { type: 'email.bounced', created_at: '2026-11-23T11:00:00Z', data: { email_id: 'x1', to: ['ann@customer.example'], bounce: { type: 'Permanent', subType: 'General', message: 'no', diagnosticCode: ['smtp; 550 5.1.1'] }, tags: { journeys_message: 'm1' } } },
		call: (body, key) => ({ headers: { 'svix-id': 'e1', 'svix-timestamp': String(SECONDS), 'svix-signature': `v1,${hmac('sha256', key, `e1.${SECONDS}.${body}`, 'base64')}` } }),
	},
	sendgrid: {
		secrets: (key) => ({ verificationKey: key === '' ? '' : spki(ecdsa.publicKey).toString('base64') }), batch: list,
		sample: { event: 'bounce', type: 'bounce', email: 'ann@customer.example', sg_event_id: 'e1', sg_message_id: 'x1.recvd-1', timestamp: SECONDS, reason: 'no', status: '5.1.1', bounce_classification: 'Invalid Address', journeys_message: 'm1' },
		call: (body) => ({ headers: { 'x-twilio-email-event-webhook-timestamp': String(SECONDS), 'x-twilio-email-event-webhook-signature': sign('sha256', Buffer.from(`${SECONDS}${body}`), ecdsa.privateKey).toString('base64') } }),
	},
	twilio: {
		form: true, secrets: (authToken) => ({ authToken }), sample: { MessageSid: 'SM1', MessageStatus: 'undelivered', ErrorCode: '30005', To: TO },
		call: (body, key) => ({ headers: { 'x-twilio-signature': hmac('sha1', key, URL_OF + run(body), 'base64') } }),
	},
	plivo: {
		form: true, secrets: (authToken) => ({ authToken }), sample: { MessageUUID: 'x1', Status: 'delivered', To: TO },
		call: (body, key) => ({ headers: { 'x-plivo-signature-v3-nonce': '1', 'x-plivo-signature-v3': hmac('sha256', key, `${URL_OF}${body === '' ? '' : '?'}${run(body)}.1`, 'base64') } }),
	},
	telnyx: {
		secrets: (key) => ({ publicKey: key === '' ? '' : spki(ed25519.publicKey).subarray(-32).toString('base64') }),
		sample: { data: { event_type: 'message.finalized', id: 'e1', occurred_at: '2026-11-23T11:00:00Z', payload: { id: 'x1', to: [{ phone_number: TO, status: 'delivery_failed' }], from: { phone_number: '+15005550006' }, errors: [{ code: '40001', title: 'Not routable' }], text: 'x' } } },
		call: (body) => ({ headers: { 'telnyx-timestamp': String(SECONDS), 'telnyx-signature-ed25519': sign(null, Buffer.from(`${SECONDS}|${body}`), ed25519.privateKey).toString('base64') } }),
	},
	vonage: {
		secrets: (signatureSecret) => ({ signatureSecret, apiKey: 'abc' }), sample: { message_uuid: 'x1', status: 'rejected', to: '4915112345678', client_ref: 'm1', timestamp: '2026-11-23T11:00:00Z', error: { type: 'https://x#1170', title: '1170' } },
		call: (body, key) => ({ headers: { authorization: `Bearer ${token({ iss: 'Vonage', api_key: 'abc', payload_hash: sha(body) }, key)}` } }),
	},
	bird: {
		secrets: (signingKey) => ({ signingKey }), sample: { id: 'x1', status: 'delivery_failed', statusErrorCode: '1', recipient: '4915112345678', statusDatetime: '2026-11-23T11:00:00Z' },
		call: (body, key) => ({ headers: { 'messagebird-signature-jwt': token({ iss: 'MessageBird', exp: SECONDS + 60, url_hash: sha(URL_OF), payload_hash: sha(body) }, key) } }),
	},
};

/** By hand, since the library signs with no empty secret; whoever attacks does. */
function token(claims: object, key: string): string {
	if (key !== '') return jwt.sign({ iat: SECONDS, ...claims }, key, { algorithm: 'HS256' });
	const signed = [{ alg: 'HS256', typ: 'JWT' }, { iat: SECONDS, ...claims }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
	return `${signed}.${createHmac('sha256', '').update(signed).digest('base64url')}`;
}

async function told(provider: string, content: unknown, { key = KEY, secrets }: { key?: string; secrets?: Record<string, unknown> } = {}): Promise<CallbackResult> {
	const caller = CALLERS[provider] as Caller;
	const whole = provider === 'mailgun' ? { signature: { timestamp: String(SECONDS), token: 't', signature: hmac('sha256', key, `${SECONDS}t`, 'hex') }, 'event-data': content } : content;
	const body = caller.form === true ? new URLSearchParams(whole as Record<string, string>).toString() : JSON.stringify(whole);
	const request: CallbackRequest = { method: 'POST', url: URL_OF, query: {}, headers: {}, body: Buffer.from(body), ...caller.call(body, key) };
	return await (callbackReader(provider) as NonNullable<ReturnType<typeof callbackReader>>).read(request, (secrets ?? caller.secrets(key)) as never, NOW_MS);
}

const reportsIn = (result: CallbackResult): DeliveryReport[] => (result.kind === 'reports' ? result.reports : []);
const whole = ({ batch, sample }: Caller): unknown => (batch === undefined ? sample : batch([sample]));

it('are those of every mail and SMS service but Amazon, whose signature needs its certificate', () => {
	expect(Object.keys(CALLERS).sort()).toEqual(CALLBACK_PROVIDERS.filter(({ name, channel }) => (channel === 'email' || channel === 'sms') && name !== 'ses').map(({ name }) => name).sort());
});

describe.each(Object.entries(CALLERS))('a call as %s makes it', (provider, caller) => {
	it('is believed when it is whole and signed', async () => {
		expect(reportsIn(await told(provider, whole(caller)))).toHaveLength(1);
	});

	it('is refused where the credential holds no secret, also one that is signed with none', async () => {
		for (const secrets of [caller.secrets(''), {}, Object.fromEntries(Object.keys(caller.secrets('')).map((name) => [name, name === 'apiKey' ? 'abc' : undefined]))]) {
			for (const key of ['', KEY, 'undefined']) expect(await told(provider, whole(caller), { key, secrets })).toMatchObject({ kind: 'refused' });
		}
	});

	it('never throws, whatever stands where', async () => {
		const strange: unknown[] = [null, 0, -1, '', 'x', 'constructor', '__proto__', [], [null], {}, true, 1e300, 'a'.repeat(10_000)];
		// A form is nothing else than names with values.
		for (const content of [...(caller.form === true ? [{}] : strange), ...mutations(whole(caller), strange)]) {
			const result = await told(provider, content);
			expect(['reports', 'malformed']).toContain(result.kind);
			for (const report of reportsIn(result)) expect([typeof report.kind, typeof report.id]).toEqual(['string', 'string']);
		}
	});

	const { batch, sample } = caller;
	if (batch !== undefined) {
		it('tells what it holds besides a row that is none', async () => {
			for (const bad of [null, 'x', 7, [], {}]) expect(reportsIn(await told(provider, batch([bad, sample, bad])))).toHaveLength(1);
		});
	}
});

it.each(['twilio', 'plivo'])('of %s with more fields than any service sends are not read: anybody can call, and they take half a minute', async (provider) => {
	const { sample } = CALLERS[provider] as Caller;
	const fields = Object.fromEntries(Array.from({ length: 1_000 }, (_none, n) => [`x${n}`, '']));

	expect(await told(provider, { ...(sample as object), ...fields })).toMatchObject({ kind: 'refused' });
});

/** The content with each of its values replaced by each of these, one at a time. */
function mutations(content: unknown, by: readonly unknown[]): unknown[] {
	if (typeof content !== 'object' || content === null) return [];
	return Object.entries(content).flatMap(([name, value]) => {
		const put = (one: unknown): unknown => (Array.isArray(content) ? content.map((old, n) => (String(n) === name ? one : (old as unknown))) : { ...content, [name]: one });
		return [...by.map(put), ...mutations(value, by).map(put)];
	});
}
