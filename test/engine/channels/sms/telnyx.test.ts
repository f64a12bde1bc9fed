import { generateKeyPairSync, sign } from 'node:crypto';

import { telnyxCallbacks } from '../../../../engine/channels/sms/telnyx-callbacks';
import type { SendOutcome, TelnyxConfig } from '../../../../engine/channels/types';
import type { Answer } from '../http-service';
import { callback, COMMON, outgoing, sendOnce, TO, verifyOnce } from './bench';

const ID = '40385f64-5717-4562-b3fc-2c963f66afa6';
const config = (baseUrl: string): TelnyxConfig => ({ kind: 'telnyx', apiKey: 'KEY-of-telnyx', baseUrl, timeoutMs: 30_000 });
const refusal = (code: string, title: string, status = 400): Answer => ({ status, json: { errors: [{ code, title, detail: `${title} for ${TO}` }] } });

describe('Telnyx', () => {
	it('takes a message, with its pictures and the address for callbacks, and gives its id', async () => {
		const { outcome, calls } = await sendOnce((url) => ({ ...config(url), messagingProfileId: 'profile-1' }), { status: 200, json: { data: { record_type: 'message', id: ID, to: [{ phone_number: TO, status: 'queued' }] } } }, outgoing({ mediaUrls: ['https://cdn.example/a.jpg'] }));

		expect(outcome).toEqual({ kind: 'accepted', providerId: ID });
		expect(calls).toMatchObject([{ method: 'POST', path: '/v2/messages' }]);
		expect(calls[0]?.headers.authorization).toBe('Bearer KEY-of-telnyx');
		expect(calls[0]?.json).toEqual({
			to: TO, from: '+15005550006', text: 'Hello', media_urls: ['https://cdn.example/a.jpg'], type: 'MMS', messaging_profile_id: 'profile-1',
			webhook_url: 'https://shop.example/j/callbacks/x?message=msg-1', use_profile_webhooks: false,
		});
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a number that is not valid', refusal('40310', 'Invalid \'to\' address'), { kind: 'permanent', deadAddress: true }],
		['a landline', refusal('40001', 'Not routable'), { kind: 'permanent', deadAddress: true }],
		['a person who has answered STOP', refusal('40300', 'Blocked due to STOP message', 403), { kind: 'permanent', optedOut: true }],
		['a number without a messaging profile, which has the same code', refusal('40300', 'The from number is not assigned to a messaging profile', 403), { kind: 'account' }],
		['a sender that is not valid', refusal('40305', 'Invalid \'from\' address'), { kind: 'account' }],
		['no credit', refusal('20100', 'Insufficient Funds', 402), { kind: 'account' }],
		['a full queue', refusal('40318', 'Message queue full', 429), { kind: 'transient' }],
		['a country that is not allowed', refusal('40309', 'Invalid destination region'), { kind: 'permanent' }],
		['an answer without an id', { status: 200, json: { data: {} } }, { kind: 'ambiguous' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer);

		expect(outcome).toMatchObject(expected);
		expect('optedOut' in outcome).toBe('optedOut' in expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
		expect(JSON.stringify(outcome)).not.toMatch(/4915112345678|KEY-of-telnyx/);
	});

	it('is tested by the balance', async () => {
		expect(await verifyOnce(config, { status: 200, json: { data: { balance: '300.00' } } })).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: '/v2/balance' }] });
		expect((await verifyOnce(config, refusal('10009', 'Authentication failed', 401))).error).toMatch(/refused the login \(401\)/);
	});
});

describe('callbacks of Telnyx', () => {
	const NOW_MS = Date.parse('2026-03-02T10:00:00Z');
	const { privateKey, publicKey } = generateKeyPairSync('ed25519');
	const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
	const read = (payload: object, { event = 'message.finalized', at = NOW_MS / 1000, key = raw, sent }: { event?: string; at?: number; key?: string; sent?: string } = {}) => {
		const body = JSON.stringify({ data: { event_type: event, id: 'event-1', occurred_at: '2026-03-02T09:59:00Z', payload, record_type: 'event' } });
		const signature = sign(null, Buffer.from(`${at}|${body}`), privateKey).toString('base64');
		return telnyxCallbacks.read(callback({ body: sent ?? body, headers: { 'telnyx-signature-ed25519': signature, 'telnyx-timestamp': String(at) } }), { publicKey: key }, NOW_MS);
	};
	const final = (status: string, errors: object[] = []) => ({ id: ID, direction: 'outbound', from: { phone_number: '+15005550006' }, to: [{ phone_number: TO, status }], errors });

	it.each<[string, object, object | null]>([
		['delivered', final('delivered'), { kind: 'delivered' }],
		['no receipt from the carrier', final('delivery_unconfirmed'), null],
		['a landline', final('sending_failed', [{ code: '40001', title: 'Not routable' }]), { kind: 'bounced', bounce: { type: 'hard', category: 'not-routable' }, reason: 'Telnyx error 40001' }],
		['a carrier\'s filter', final('delivery_failed', [{ code: '40002', title: 'Blocked as spam' }]), { kind: 'bounced', bounce: { type: 'soft', category: 'spam-block' } }],
		['an opt-out that Telnyx knew of', final('sending_failed', [{ code: '40300', title: 'Blocked due to STOP message' }]), { kind: 'unsubscribed' }],
		['a failure at Telnyx', final('sending_failed', [{ code: '40321', title: 'No usable numbers' }]), { kind: 'failed' }],
	])('tells of %s', async (_what, payload, report) => {
		expect(await read(payload)).toEqual({ kind: 'reports', reports: report === null ? [] : [expect.objectContaining({ message: 'msg-1', providerId: ID, address: TO, atMs: Date.parse('2026-03-02T09:59:00Z'), id: 'event-1', ...report })] });
	});

	it('tells of what came in, by Telnyx\'s own flag or by the word', async () => {
		const inbound = (text: string, more: object = {}) => read({ id: ID, direction: 'inbound', from: { phone_number: TO }, to: [{ phone_number: '+15005550006' }], text, received_at: '2026-03-02T09:58:00Z', ...more }, { event: 'message.received' });

		expect(await inbound('Hi there')).toMatchObject({ reports: [{ kind: 'replied', text: 'Hi there', address: TO, to: '+15005550006', atMs: Date.parse('2026-03-02T09:58:00Z') }] });
		expect(await inbound('nope', { autoresponse_type: 'OPT_OUT' })).toMatchObject({ reports: [{ kind: 'unsubscribed' }] });
		expect(await inbound('unstop', { autoresponse_type: 'OPT_IN' })).toMatchObject({ reports: [{ kind: 'resubscribed' }] });
		expect(await inbound('ARRÊT')).toMatchObject({ reports: [{ kind: 'unsubscribed' }] });
	});

	it('believes nothing changed, old, signed by another key, or without one', async () => {
		const another = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
		const results = await Promise.all([
			read(final('delivered'), { sent: '{}' }), read(final('delivered'), { at: NOW_MS / 1000 - 301 }), read(final('delivered'), { key: another }), read(final('delivered'), { key: '' }), read(final('delivered'), { key: 'nonsense' }),
			telnyxCallbacks.read(callback(), { publicKey: raw }, NOW_MS),
		]);

		expect(results.map(({ kind }) => kind)).toEqual(Array.from({ length: 6 }, () => 'refused'));
	});
});
