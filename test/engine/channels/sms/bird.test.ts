import { createHash } from 'node:crypto';

import jwt from 'jsonwebtoken';

import { birdCallbacks } from '../../../../engine/channels/sms/bird-callbacks';
import type { BirdConfig, SendOutcome } from '../../../../engine/channels/types';
import type { Answer } from '../http-service';
import { callback, COMMON, outgoing, sendOnce, TO, verifyOnce } from './bench';

const ID = 'efa6405d518d4c0c88cce11f7db775fb';
const config = (baseUrl: string): BirdConfig => ({ kind: 'bird', accessKey: 'key-of-bird', baseUrl, timeoutMs: 30_000 });
const refusal = (code: number, description: string, parameter: string | null = null, status = 422): Answer => ({ status, json: { errors: [{ code, description, parameter }] } });

const PICTURES = ['http://w3.org/1.gif', 'http://w3.org/2.gif'];

describe('Bird', () => {
	it('takes a message with our id and the address for reports, and gives its id', async () => {
		const { outcome, calls } = await sendOnce(config, { status: 201, json: { id: ID, href: `https://rest.messagebird.com/messages/${ID}`, recipients: { totalSentCount: 1, items: [{ recipient: 4915112345678, status: 'sent' }] } } });

		expect(outcome).toEqual({ kind: 'accepted', providerId: ID });
		expect(calls).toMatchObject([{ method: 'POST', path: '/messages' }]);
		expect(calls[0]?.headers.authorization).toBe('AccessKey key-of-bird');
		expect(calls[0]?.json).toEqual({ originator: '15005550006', recipients: ['4915112345678'], body: 'Hello', datacoding: 'auto', reference: 'msg-1', reportUrl: 'https://shop.example/j/callbacks/x?message=msg-1' });
	});

	it('sends pictures by its MMS API, which knows no address for reports', async () => {
		// messagebird/go-rest-api mms/testdata/mmsMessageObject.json
		const accepted: Answer = { status: 200, json: { id: '6d9e7100b1f9406c81a3c303c30ccf05', href: 'https://rest.messagebird.com/mms/6d9e7100b1f9406c81a3c303c30ccf05', direction: 'mt', originator: 'TestName', body: 'Hello World', mediaUrls: PICTURES, recipients: { totalCount: 1, totalSentCount: 1, items: [{ recipient: 31612345678, status: 'sent' }] } } };
		const { outcome, calls } = await sendOnce(config, accepted, outgoing({ mediaUrls: PICTURES }));
		const { calls: [bare] } = await sendOnce(config, accepted, outgoing({ text: '', mediaUrls: PICTURES }));

		expect(outcome).toEqual({ kind: 'accepted', providerId: '6d9e7100b1f9406c81a3c303c30ccf05' });
		expect(calls).toMatchObject([{ method: 'POST', path: '/mms' }]);
		expect(calls[0]?.json).toEqual({ originator: '15005550006', recipients: ['4915112345678'], body: 'Hello', mediaUrls: PICTURES, reference: 'msg-1' });
		expect(bare?.json).toEqual({ originator: '15005550006', recipients: ['4915112345678'], mediaUrls: PICTURES, reference: 'msg-1' });
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['no recipient that it knows', refusal(9, 'no (correct) recipients found', 'recipients'), { kind: 'permanent' }],
		['an invalid number', refusal(10, 'recipient 4915112345678 is invalid', 'recipients'), { kind: 'permanent', deadAddress: true }],
		['no credit', refusal(25, 'Not enough balance'), { kind: 'account' }],
		...COMMON,
	])('sorts %s of an MMS', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer, outgoing({ mediaUrls: PICTURES }));

		expect(outcome).toMatchObject(expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['an invalid number', refusal(10, 'recipient 4915112345678 is invalid', 'recipients'), { kind: 'permanent', deadAddress: true }],
		['a sender that is not valid', refusal(10, 'originator is invalid', 'originator'), { kind: 'account' }],
		['no credit', refusal(25, 'Not enough balance'), { kind: 'account' }],
		['a wrong key', refusal(2, 'Request not allowed (incorrect access_key)', 'access_key', 401), { kind: 'account' }],
		['an error of its own', refusal(99, 'Internal error', null, 500), { kind: 'ambiguous' }],
		['an incomplete message', refusal(9, 'no (correct) body found', 'body'), { kind: 'permanent' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer);

		expect(outcome).toMatchObject(expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
		expect(JSON.stringify(outcome)).not.toMatch(/4915112345678|key-of-bird/);
	});

	it('is tested by the balance', async () => {
		expect(await verifyOnce(config, { status: 200, json: { payment: 'prepaid', type: 'credits', amount: 9.2 } })).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: '/balance' }] });
		expect((await verifyOnce(config, refusal(2, 'Request not allowed (incorrect access_key)', 'access_key', 401))).error).toMatch(/refused the login \(401\)/);
	});
});

describe('callbacks of Bird', () => {
	const KEY = 'signing-key-of-bird';
	const NOW_MS = Date.parse('2026-03-02T10:00:00Z');
	const hash = (text: string) => createHash('sha256').update(text).digest('hex');
	const read = (url: string, { body = '', key = KEY, signedUrl = url, age = 0, signingKey = KEY }: { body?: string; key?: string; signedUrl?: string; age?: number; signingKey?: string } = {}) => {
		const at = NOW_MS / 1000 - age;
		const token = jwt.sign({ iss: 'MessageBird', nbf: at, iat: at, exp: at + 60, jti: 'j', url_hash: hash(signedUrl), ...(body === '' ? {} : { payload_hash: hash(body) }) }, key, { algorithm: 'HS256' });
		return birdCallbacks.read(callback({ method: body === '' ? 'GET' : 'POST', url, body, headers: { 'messagebird-signature-jwt': token } }), { signingKey }, NOW_MS);
	};
	const status = (name: string, code = '') => `https://shop.example/j/callbacks/bird?message=msg-1&${new URLSearchParams({ id: ID, reference: 'msg-1', recipient: '4915112345678', status: name, statusDatetime: '2026-03-02T09:59:00+00:00', ...(code === '' ? {} : { statusErrorCode: code }) })}`;

	it('believes the token of Bird\'s own reference, at its time', async () => {
		// messagebird/messagebird-nodejs lib/testdata/webhook-signature-jwt-reference.json: "Valid JWT with URL parameters and payload - POST".
		const token = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCwiZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiI5M2U1NTAwNi1hMGU4LTQ1MjYtYTE5MC1mYTVmZjAwZWExMTYiLCJ1cmxfaGFzaCI6IjQxZjA1ZjBkZGQwYTIyYWIyMDlhYzQ2ZjQ3YzQ1NzJkOWNlZmEyNTdlZDc0YjI0MDA0YmFlNzUzZWNlNmMyNjAiLCJwYXlsb2FkX2hhc2giOiJkZmZkNjAyMWJiMmJkNWIwYWY2NzYyOTA4MDllYzNhNTMxOTFkZDgxYzdmNzBhNGIyODY4OGEzNjIxODI5ODZmIn0._H--TOuYFLpeEH39-rg5E3IHVkjHozBcaKVWPRC5m9I';
		const request = (body: string) => callback({ url: 'https://example.com/path?bar=1&foo=2', body, headers: { 'messagebird-signature-jwt': token } });
		const secrets = { signingKey: '36efdd1aace2e26cd490f0d951138253bef2f7c6d34d18981da781555cc4cebb' };
		const at = Date.parse('2021-07-05T12:00:00+02:00');

		expect((await birdCallbacks.read(request('Hello, World!'), secrets, at)).kind).toBe('malformed');
		expect((await birdCallbacks.read(request('Hello, Bird!'), secrets, at)).kind).toBe('refused');
		expect((await birdCallbacks.read(request('Hello, World!'), secrets, at + 70_000)).kind).toBe('refused');
	});

	it.each<[string, string, object | null]>([
		['delivered', status('delivered'), { kind: 'delivered' }],
		['on its way', status('sent'), null],
		['an unknown number', status('delivery_failed', '1'), { kind: 'bounced', bounce: { type: 'hard', category: 'unknown' }, reason: 'Bird error 1' }],
		['a phone that is off', status('delivery_failed', '27'), { kind: 'bounced', bounce: { type: 'soft', category: 'undelivered' } }],
		['one that has expired', status('expired'), { kind: 'bounced', bounce: { type: 'soft', category: 'expired' } }],
		['an opt-out that Bird knew of', status('delivery_failed', '103'), { kind: 'unsubscribed' }],
	])('tells of %s', async (_what, url, report) => {
		expect(await read(url)).toEqual({ kind: 'reports', reports: report === null ? [] : [expect.objectContaining({ message: 'msg-1', providerId: ID, address: TO, atMs: Date.parse('2026-03-02T09:59:00Z'), ...report })] });
	});

	it('tells of what came in, as JSON or as a form', async () => {
		const fields = { id: 'mo-1', originator: '4915112345678', recipient: '15005550006', body: 'Stop', createdDatetime: '2026-03-02T09:58:00Z' };
		const url = 'https://shop.example/j/callbacks/bird';

		expect(await read(url, { body: JSON.stringify(fields) })).toMatchObject({ reports: [{ kind: 'unsubscribed', address: TO, to: '+15005550006', id: 'in:mo-1' }] });
		expect(await read(url, { body: new URLSearchParams({ ...fields, body: 'Danke' }).toString() })).toMatchObject({ reports: [{ kind: 'replied', text: 'Danke' }] });
	});

	it('believes nothing for another address, of another key, too old, or without a key to check it by', async () => {
		const url = status('delivered');
		const results = await Promise.all([
			read(url, { signedUrl: 'https://evil.example/' }), read(url, { key: 'another-key' }), read(url, { age: 120 }), read(url, { signingKey: '' }), birdCallbacks.read(callback({ url }), { signingKey: KEY }, NOW_MS),
		]);

		expect(results.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => 'refused'));
	});

	it('believes no token of another issuer, without an end, or that says nothing of the body', async () => {
		const url = status('delivered');
		const body = new URLSearchParams({ id: 'mo-1', originator: '4915112345678', body: 'Stop' }).toString();
		const whole = { iss: 'MessageBird', exp: NOW_MS / 1000 + 60, url_hash: hash(url) };
		const given = async (claims: object, sent = '') => (await birdCallbacks.read(callback({ url, body: sent, headers: { 'messagebird-signature-jwt': jwt.sign(claims, KEY, { algorithm: 'HS256' }) } }), { signingKey: KEY }, NOW_MS)).kind;

		expect(await given(whole)).toBe('reports');
		expect([await given({ ...whole, iss: 'Another' }), await given({ iss: whole.iss, url_hash: whole.url_hash }), await given(whole, body)]).toEqual(['refused', 'refused', 'refused']);
	});
});
