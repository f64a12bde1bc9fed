import { createHmac } from 'node:crypto';

import { plivoCallbacks } from '../../../../engine/channels/sms/plivo-callbacks';
import type { PlivoConfig, SendOutcome } from '../../../../engine/channels/types';
import type { Answer } from '../http-service';
import { callback, COMMON, outgoing, sendOnce, TO, verifyOnce } from './bench';

const UUID = 'db3ce55a-7f1d-11e1-8ea7-1231380bc196';
const config = (baseUrl: string): PlivoConfig => ({ kind: 'plivo', authId: 'MAXXXXXXXXXXXXXXXXXX', authToken: 'token-of-plivo', baseUrl, timeoutMs: 30_000 });
const refusal = (error: string, status = 400): Answer => ({ status, json: { api_id: '5a9fcb68-523d-11e1-86da-6ff39efcb949', error } });

describe('Plivo', () => {
	it('takes a message and gives its UUID', async () => {
		// plivo/plivo-go fixtures/messageSendResponse.json
		const { outcome, calls } = await sendOnce(config, { status: 202, json: { message: 'message(s) queued', message_uuid: [UUID], api_id: 'db342550-7f1d-11e1-8ea7-1231380bc196' } });

		expect(outcome).toEqual({ kind: 'accepted', providerId: UUID });
		expect(calls).toMatchObject([{ method: 'POST', path: '/v1/Account/MAXXXXXXXXXXXXXXXXXX/Message/' }]);
		expect(calls[0]?.headers.authorization).toBe(`Basic ${Buffer.from('MAXXXXXXXXXXXXXXXXXX:token-of-plivo').toString('base64')}`);
		expect(calls[0]?.json).toEqual({ dst: '4915112345678', src: '15005550006', text: 'Hello', type: 'sms', url: 'https://shop.example/j/callbacks/x?message=msg-1', method: 'POST' });
	});

	it('sends pictures as MMS, and from a pool of senders', async () => {
		const { calls } = await sendOnce(config, { status: 202, json: { message_uuid: [UUID] } }, outgoing({ from: UUID, mediaUrls: ['https://cdn.example/a.jpg'] }));

		expect(calls[0]?.json).toMatchObject({ powerpack_uuid: UUID, type: 'mms', media_urls: ['https://cdn.example/a.jpg'] });
		expect(calls[0]?.json).not.toHaveProperty('src');
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a number that is not valid', refusal(`${TO} is not a valid dst`), { kind: 'permanent', deadAddress: true }],
		['a sender that is not valid', refusal('src parameter not valid'), { kind: 'account' }],
		['a sender that is no number', refusal('Invalid number in from'), { kind: 'account' }],
		['a sender that is named', refusal('invalid number for sender'), { kind: 'account' }],
		['a number that is none', refusal('Invalid number'), { kind: 'permanent', deadAddress: true }],
		['a country that is not allowed', refusal('Geo permission not enabled'), { kind: 'permanent' }],
		['no credit', refusal('insufficient credit'), { kind: 'account' }],
		['a person who has answered STOP', refusal('Destination has opted out'), { kind: 'permanent', optedOut: true }],
		['a refusal in other words', refusal('text is required'), { kind: 'permanent' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer);

		expect(outcome).toMatchObject(expected);
		expect('optedOut' in outcome).toBe('optedOut' in expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
		expect(JSON.stringify(outcome)).not.toMatch(/4915112345678|token-of-plivo/);
	});

	it('is tested by reading the account', async () => {
		expect(await verifyOnce(config, { status: 200, json: { account_type: 'standard' } })).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: '/v1/Account/MAXXXXXXXXXXXXXXXXXX/' }] });
		expect((await verifyOnce(config, refusal('could not verify your access level', 401))).error).toMatch(/refused the login \(401\)/);
	});
});

describe('callbacks of Plivo', () => {
	const URL_OF = 'https://shop.example/j/callbacks/plivo?message=msg-1';
	const NONCE = '05429567804466091622';
	// The rule in words: address, ?, sorted query, dot, sorted fields, dot, nonce.
	const read = (fields: Record<string, string>, { url = URL_OF, text, token = 'token-of-plivo', header = 'x-plivo-signature-v3' }: { url?: string; text?: string; token?: string; header?: string } = {}) => {
		const sorted = Object.keys(fields).sort().map((name) => name + fields[name]).join('');
		const signature = createHmac('sha256', token).update(`${text ?? `${url}.${sorted}`}.${NONCE}`).digest('base64');
		return plivoCallbacks.read(callback({ url, body: new URLSearchParams(fields).toString(), headers: { [header]: `c2lnbmF0dXJlIG9mIHRoZSBvbGQgdG9rZW4=,${signature}`, 'x-plivo-signature-v3-nonce': NONCE } }), { authToken: 'token-of-plivo' }, 0);
	};
	const status = (Status: string, ErrorCode?: string): Record<string, string> => ({ From: '15005550006', To: '4915112345678', Status, MessageUUID: UUID, ParentMessageUUID: UUID, PartInfo: '1 of 1', ...(ErrorCode === undefined ? {} : { ErrorCode }) });

	it.each<[string, Record<string, string>, object | null]>([
		['delivered', status('delivered'), { kind: 'delivered' }],
		['on its way', status('sent'), null],
		['an invalid number', status('failed', '50'), { kind: 'bounced', bounce: { type: 'hard', category: 'invalid' }, reason: 'Plivo error 50' }],
		['a phone that is off', status('undelivered', '80'), { kind: 'bounced', bounce: { type: 'soft', category: 'unreachable' } }],
		['an opt-out that Plivo knew of', status('failed', '200'), { kind: 'unsubscribed' }],
		['an account without credit', status('failed', '900'), { kind: 'failed' }],
	])('tells of %s', async (_what, fields, report) => {
		expect(await read(fields)).toEqual({ kind: 'reports', reports: report === null ? [] : [expect.objectContaining({ message: 'msg-1', providerId: UUID, address: TO, ...report })] });
	});

	it('tells of what came in, at an address without a query too, signed by the main account', async () => {
		const url = 'https://shop.example/j/callbacks/plivo';
		const fields = { From: '4915112345678', To: '15005550006', Text: 'baja', Type: 'sms', MessageUUID: UUID };
		const sorted = Object.keys(fields).sort().map((name) => name + fields[name as keyof typeof fields]).join('');

		expect(await read(fields, { url, text: `${url}?${sorted}`, header: 'x-plivo-signature-ma-v3' })).toMatchObject({ reports: [{ kind: 'unsubscribed', address: TO, to: '+15005550006', message: null }] });
	});

	it('believes nothing with a wrong, a missing or another account\'s signature', async () => {
		const results = await Promise.all([
			read(status('delivered'), { token: 'another' }), read(status('delivered'), { text: 'https://evil.example/j.x' }), read(status('delivered'), { header: 'x-other' }),
			plivoCallbacks.read(callback({ body: new URLSearchParams(status('delivered')).toString(), headers: { 'x-plivo-signature-v3': 'x' } }), { authToken: 'token-of-plivo' }, 0),
		]);

		expect(results.map(({ kind }) => kind)).toEqual(['refused', 'refused', 'refused', 'refused']);
	});
});
