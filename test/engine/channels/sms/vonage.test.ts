import { createHash, generateKeyPairSync } from 'node:crypto';

import jwt from 'jsonwebtoken';

import { vonageCallbacks } from '../../../../engine/channels/sms/vonage-callbacks';
import type { SendOutcome, VonageConfig } from '../../../../engine/channels/types';
import type { Answer } from '../http-service';
import { callback, COMMON, outgoing, sendOnce, TO, verifyOnce } from './bench';

const UUID = 'aaaaaaaa-bbbb-cccc-dddd-0123456789ab';
const config = (baseUrl: string): VonageConfig => ({ kind: 'vonage', apiKey: 'abcd1234', apiSecret: 'secret-of-vonage', baseUrl, timeoutMs: 30_000 });
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });

// https://developer.vonage.com/en/api-errors/messages
const refusal = (code: string, status = 422): Answer => ({ status, json: { type: `https://developer.vonage.com/api-errors/messages#${code}`, title: code, detail: 'Why it was refused.', instance: 'bf0ca0bf927b3b52e3cb03217e1a1ddf' } });

describe('Vonage', () => {
	it('takes a text with our id and the address for callbacks, and gives its id', async () => {
		const { outcome, calls } = await sendOnce(config, { status: 202, json: { message_uuid: UUID } });

		expect(outcome).toEqual({ kind: 'accepted', providerId: UUID });
		expect(calls).toMatchObject([{ method: 'POST', path: '/v1/messages' }]);
		expect(calls[0]?.headers.authorization).toBe(`Basic ${Buffer.from('abcd1234:secret-of-vonage').toString('base64')}`);
		expect(calls[0]?.json).toEqual({
			channel: 'sms', message_type: 'text', text: 'Hello', to: '4915112345678', from: '15005550006', client_ref: 'msg-1',
			webhook_url: 'https://shop.example/j/callbacks/x?message=msg-1', webhook_version: 'v1',
		});
	});

	it('takes a picture with its caption as MMS, from a name as it is', async () => {
		const { calls } = await sendOnce(config, { status: 202, json: { message_uuid: UUID } }, outgoing({ from: 'Shop', mediaUrls: ['https://cdn.example/a.jpg'] }));

		expect(calls[0]?.json).toMatchObject({ channel: 'mms', message_type: 'image', image: { url: 'https://cdn.example/a.jpg', caption: 'Hello' }, from: 'Shop' });
	});

	it('is called as an application by a token that its key has signed', async () => {
		const { calls } = await sendOnce((url) => ({ ...config(url), applicationId: 'app-1', privateKey }), { status: 202, json: { message_uuid: UUID } });

		const claims = jwt.verify(calls[0]!.headers.authorization!.replace('Bearer ', ''), publicKey, { algorithms: ['RS256'] }) as Record<string, unknown>;
		expect(claims).toMatchObject({ application_id: 'app-1', jti: expect.any(String) as string });
		expect(Number(claims.exp) - Number(claims.iat)).toBeLessThanOrEqual(900);
	});

	it('a private key that is none keeps everybody waiting and calls nobody', async () => {
		const { outcome, calls } = await sendOnce((url) => ({ ...config(url), applicationId: 'app-1', privateKey: 'nonsense-key' }), { status: 202, json: {} });

		expect(outcome).toMatchObject({ kind: 'account', reason: expect.stringContaining('Check the keys') as string });
		expect(calls).toEqual([]);
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['an invalid number', refusal('1170'), { kind: 'permanent', deadAddress: true }],
		['an invalid recipient', refusal('1430'), { kind: 'permanent', deadAddress: true }],
		['a person who has answered STOP', refusal('1240'), { kind: 'permanent', optedOut: true }],
		['a sender that a country refuses', refusal('1120'), { kind: 'permanent' }],
		['a sender that is not valid', refusal('1420'), { kind: 'account' }],
		['no credit', refusal('1070', 402), { kind: 'account' }],
		['a failure of its own', refusal('1030', 500), { kind: 'ambiguous' }],
		['an account that is barred, from a gateway that failed', refusal('1060', 502), { kind: 'ambiguous' }],
		['a throttled account', refusal('1000', 429), { kind: 'transient' }],
		['an answer without an id', { status: 202, json: {} }, { kind: 'ambiguous' }],
		...COMMON,
	])('sorts %s', async (_what, answer, expected) => {
		const { outcome } = await sendOnce(config, answer);

		expect(outcome).toMatchObject(expected);
		expect('optedOut' in outcome).toBe('optedOut' in expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
		expect(JSON.stringify(outcome)).not.toMatch(/4915112345678|secret-of-vonage/);
	});

	it('is tested by the balance', async () => {
		const right = await verifyOnce(config, { status: 200, json: { value: 10.28, autoReload: false } });
		const wrong = await verifyOnce(config, { status: 401, json: { title: 'Unauthorized', detail: 'You did not provide correct credentials.' } });

		expect(right).toMatchObject({ error: undefined, calls: [{ method: 'GET', path: '/account/get-balance' }] });
		expect(wrong.error).toMatch(/refused the login \(401\).*correct credentials/);
	});
});

describe('callbacks of Vonage', () => {
	const SECRET = 'signature-secret-of-more-than-32-bits';
	const NOW_MS = Date.parse('2026-03-02T10:00:00Z');
	const sign = (body: string, claims: Record<string, unknown> = {}, secret = SECRET) => jwt.sign({
		iss: 'Vonage', api_key: 'abcd1234', jti: 'c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5', iat: NOW_MS / 1000, payload_hash: createHash('sha256').update(body).digest('hex'), ...claims,
	}, secret, { algorithm: 'HS256' });
	const read = (fields: object, { claims, secret, sent }: { claims?: Record<string, unknown>; secret?: string; sent?: string } = {}) => {
		const body = JSON.stringify(fields);
		return vonageCallbacks.read(callback({ body: sent ?? body, headers: { authorization: `Bearer ${sign(body, claims, secret)}` } }), { apiKey: 'abcd1234', signatureSecret: SECRET }, NOW_MS);
	};
	const status = (state: string, code?: string) => ({
		message_uuid: UUID, to: '4915112345678', from: '15005550006', timestamp: '2026-03-02T09:59:00Z', status: state, channel: 'sms', client_ref: 'msg-1',
		...(code === undefined ? {} : { error: { type: `https://developer.vonage.com/api-errors/messages#${code}`, title: code, detail: 'why', instance: 'x' } }),
	});

	it.each<[string, ReturnType<typeof status>, object | null]>([
		['delivered', status('delivered'), { kind: 'delivered' }],
		['taken on', status('submitted'), null],
		['a number that is no longer in use', status('undeliverable', '1190'), { kind: 'bounced', bounce: { type: 'hard', category: 'unknown' }, reason: 'Vonage error 1190' }],
		['a phone that is off', status('undeliverable', '1180'), { kind: 'bounced', bounce: { type: 'soft', category: 'absent' } }],
		['an opt-out that Vonage knew of', status('rejected', '1240'), { kind: 'unsubscribed' }],
		['a refusal for the account', status('rejected', '1070'), { kind: 'failed' }],
	])('tells of %s', async (_what, fields, report) => {
		expect(await read(fields)).toEqual({ kind: 'reports', reports: report === null ? [] : [expect.objectContaining({ message: 'msg-1', providerId: UUID, address: TO, atMs: Date.parse('2026-03-02T09:59:00Z'), id: `${UUID}:${fields.status}`, ...report })] });
	});

	it('is about the message that Vonage signed for, whatever the address says, which is not signed', async () => {
		const told = async (fields: object) => {
			const body = JSON.stringify(fields);
			const request = callback({ body, query: { message: 'msg-of-somebody-else' }, headers: { authorization: `Bearer ${sign(body)}` } });
			return await vonageCallbacks.read(request, { apiKey: 'abcd1234', signatureSecret: SECRET }, NOW_MS);
		};

		expect(await told(status('delivered'))).toMatchObject({ reports: [{ message: 'msg-1' }] });
		expect(await told({ ...status('delivered'), client_ref: undefined })).toMatchObject({ reports: [{ message: 'msg-of-somebody-else' }] });
	});

	it('tells of what came in: an answer, or STOP', async () => {
		const inbound = (text: string) => ({ channel: 'sms', message_uuid: UUID, to: '15005550006', from: '4915112345678', timestamp: '2026-03-02T09:59:00Z', message_type: 'text', text });

		expect(await read(inbound('Thanks!'))).toMatchObject({ reports: [{ kind: 'replied', text: 'Thanks!', address: TO, to: '+15005550006' }] });
		expect(await read(inbound('ABMELDEN'))).toMatchObject({ reports: [{ kind: 'unsubscribed', address: TO }] });
		for (const type of ['image', 'video', 'audio', 'file', 'vcard']) {
			expect(await read({ ...inbound(''), channel: 'mms', message_type: type, text: undefined, [type]: { url: 'https://media.vonage.example/1', caption: 'Stop' } })).toMatchObject({ reports: [{ kind: 'unsubscribed', address: TO }] });
		}
		expect(await read({ ...inbound(''), channel: 'mms', message_type: 'image', text: undefined, image: { url: 'https://media.vonage.example/1.jpg' } })).toMatchObject({ reports: [{ kind: 'replied', text: '' }] });
	});

	it.each<[string, Parameters<typeof read>[1]]>([
		['another secret', { secret: 'some-other-secret-of-somebody-else' }],
		['another account', { claims: { api_key: 'zzzz9999' } }],
		['another issuer', { claims: { iss: 'Somebody' } }],
		['a body that was changed on its way', { sent: JSON.stringify(status('rejected')) }],
		['an old token', { claims: { iat: NOW_MS / 1000 - 400 } }],
	])('believes nothing signed with %s', async (_what, how) => {
		expect((await read(status('delivered'), how)).kind).toBe('refused');
	});

	it('believes nothing without a signature, or without a secret to check it by', async () => {
		const unsigned = callback({ body: status('delivered') });

		expect((await vonageCallbacks.read(unsigned, { apiKey: 'abcd1234', signatureSecret: SECRET }, NOW_MS)).kind).toBe('refused');
		expect((await vonageCallbacks.read(unsigned, { apiKey: 'abcd1234' }, NOW_MS)).kind).toBe('refused');
	});
});
