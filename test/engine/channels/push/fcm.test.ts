import jwt from 'jsonwebtoken';

import type { FcmConfig, SendOutcome } from '../../../../engine/channels/types';
import type { Answer, ServiceCall } from '../http-service';
import { COMMON, outgoing, pem, RSA, sendOnce, verifyOnce, withService } from './bench';

const TOKEN = 'cQ3xExample_Instance:APA91bExampleTokenOfADevice_0123456789abcdefghij';
const OTHER = 'dR4yExample_Instance:APA91bOtherTokenOfADevice_0123456789abcdefghijk';
const ACCEPTED: Answer = { status: 200, json: { name: 'projects/shop-1/messages/0:1500415314455276%31bd1c9631bd1c96' } };
const config = (url: string): FcmConfig => ({ kind: 'fcm', projectId: 'shop-1', clientEmail: 'push@shop-1.iam.gserviceaccount.com', privateKey: pem(RSA.privateKey).replace(/\n/g, '\\n'), baseUrl: url, tokenUrl: `${url}/token`, timeoutMs: 30_000 });
const login: Answer = { status: 200, json: { access_token: 'ya29.short-lived', expires_in: 3599, token_type: 'Bearer' } };
/** Answers of the send; the login works. */
const service = (answer: Answer | ((call: ServiceCall) => Answer)) => (call: ServiceCall): Answer => (call.path === '/token' ? login : typeof answer === 'function' ? answer(call) : answer);
const message = (given = {}) => outgoing({ devices: [TOKEN], ...given });

/** As the documentation writes errors: the status of Google's APIs, and Firebase's own code among the details. */
const fault = (status: number, name: string, code?: string, headers?: Record<string, string>, details: object[] = []): Answer => ({
	status, ...(headers === undefined ? {} : { headers }),
	json: { error: { code: status, message: `Requested entity ${TOKEN} was not found.`, status: name, details: [...(code === undefined ? [] : [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: code }]), ...details] } },
});

describe('Firebase Cloud Messaging', () => {
	it('logs in as the service account and hands over a message for phones and browsers alike', async () => {
		const { outcome, calls } = await sendOnce(config, service(ACCEPTED), message({ image: 'https://cdn.example/a.png', link: 'https://shop.example/o/1', data: { order: '7' }, badge: 3, sound: 'default', collapseKey: 'order-7', ttlSeconds: 600 }));

		expect(outcome).toEqual({ kind: 'accepted', providerId: 'projects/shop-1/messages/0:1500415314455276%31bd1c9631bd1c96' });
		expect(calls.map(({ method, path }) => [method, path])).toEqual([['POST', '/token'], ['POST', '/v1/projects/shop-1/messages:send']]);
		expect(calls[0]?.form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
		const claims = jwt.verify(calls[0]?.form.get('assertion') ?? '', RSA.publicKey, { algorithms: ['RS256'] }) as jwt.JwtPayload;
		expect(claims).toMatchObject({ iss: 'push@shop-1.iam.gserviceaccount.com', scope: 'https://www.googleapis.com/auth/firebase.messaging', aud: expect.stringMatching(/\/token$/) as string });
		expect(Number(claims.exp) - Number(claims.iat)).toBe(3600);
		expect(calls[1]?.headers.authorization).toBe('Bearer ya29.short-lived');
		expect(calls[1]?.json).toEqual({ message: {
			token: TOKEN, notification: { title: 'Hello', body: 'Your order is on its way', image: 'https://cdn.example/a.png' }, data: { order: '7', link: 'https://shop.example/o/1' },
			android: { priority: 'HIGH', ttl: '600s', collapse_key: 'order-7', notification: { sound: 'default', tag: 'order-7' } },
			apns: { headers: { 'apns-priority': '10', 'apns-collapse-id': 'order-7' }, payload: { aps: { badge: 3, sound: 'default', 'mutable-content': 1 } }, fcm_options: { image: 'https://cdn.example/a.png' } },
			webpush: { headers: { Urgency: 'high', TTL: '600' }, fcm_options: { link: 'https://shop.example/o/1' } },
		} });
	});

	it('takes an override for one platform, which never changes whom it goes to', async () => {
		const { calls } = await sendOnce(config, service(ACCEPTED), message({ override: { token: 'theirs', topic: 'all', condition: "'a' in topics", android: { notification: { channel_id: 'orders' } }, webpush: null } }));

		const sent = (calls[1]?.json as { message: Record<string, unknown> }).message;
		expect(sent).toMatchObject({ token: TOKEN, android: { priority: 'HIGH', notification: { channel_id: 'orders' } } });
		for (const name of ['webpush', 'topic', 'condition']) expect(sent).not.toHaveProperty(name);
	});

	it('asks for one login for all that are sent at the same time, and keeps it', async () => {
		await withService(config, service(ACCEPTED), async (provider, { calls }) => {
			await Promise.all([provider.send(message()), provider.send(message()), provider.send(message())]);
			await provider.send(message());

			expect(calls.filter(({ path }) => path === '/token')).toHaveLength(1);
		});
	});

	it('logs in anew where the login has ended before its time, and sends once more only then', async () => {
		let sends = 0;
		await withService(config, service(() => (++sends === 1 ? fault(401, 'UNAUTHENTICATED') : ACCEPTED)), async (provider, { calls }) => {
			expect(await provider.send(message())).toMatchObject({ kind: 'accepted' });
			expect(calls.map(({ path }) => path.split('/').at(-1))).toEqual(['token', 'messages:send', 'token', 'messages:send']);
		});
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a device without the app', fault(404, 'NOT_FOUND', 'UNREGISTERED'), { kind: 'permanent', deadAddress: true, gone: [TOKEN] }],
		['what is no token', fault(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', {}, [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: 'message.token', description: 'Invalid registration token' }] }]), { kind: 'permanent', deadAddress: true, gone: [TOKEN] }],
		['a message that is wrong in itself', fault(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', {}, [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: 'message.android.ttl', description: 'bad' }] }]), { kind: 'permanent' }],
		['a token of another project', fault(403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH'), { kind: 'permanent' }],
		['a project without an APNs key', fault(401, 'UNAUTHENTICATED', 'THIRD_PARTY_AUTH_ERROR'), { kind: 'account' }],
		['a service account that may not send', fault(403, 'PERMISSION_DENIED'), { kind: 'account' }],
		['a quota that is used up', fault(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED', { 'retry-after': '60' }), { kind: 'transient', retryAfterMs: 60_000 }],
		['overload', fault(503, 'UNAVAILABLE', 'UNAVAILABLE', { 'retry-after': '7' }), { kind: 'transient', retryAfterMs: 7_000 }],
		['an error of its own that it names', fault(500, 'INTERNAL', 'INTERNAL'), { kind: 'ambiguous' }],
		...COMMON,
	])('sorts %s', async (_what, given, expected) => {
		const { outcome } = await sendOnce(config, service(given), message());

		expect(outcome).toMatchObject(expected);
		expect([('gone' in outcome), 'deadAddress' in outcome]).toEqual(['gone' in expected, 'deadAddress' in expected]);
		expect('reason' in outcome ? outcome.reason : '').not.toContain(TOKEN.slice(22, 50));
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['refuses the service account', { status: 400, json: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } }, { kind: 'account', reason: expect.stringContaining('Invalid JWT Signature') as string }],
		['is away', { status: 503, text: '' }, { kind: 'transient' }],
		['hangs up', 'drop', { kind: 'transient' }],
	])('sends nothing where the login %s, and says that nothing was sent', async (_what, given, expected) => {
		const { outcome, calls } = await sendOnce(config, (call) => (call.path === '/token' ? given : ACCEPTED), message());

		expect(outcome).toMatchObject(expected);
		expect(calls.every(({ path }) => path === '/token')).toBe(true);
	});

	it('says what is wrong with a key that is none, and never quotes it', async () => {
		const { outcome } = await sendOnce((url) => ({ ...config(url), privateKey: 'not-a-private-key' }), ACCEPTED, message());

		expect(outcome).toMatchObject({ kind: 'account', reason: expect.stringContaining('whole JSON file') as string });
		expect(JSON.stringify(outcome)).not.toContain('not-a-private-key');
	});

	it('of several devices: sent where one took it, whatever became of the others, and the dead ones are gone', async () => {
		const { outcome } = await sendOnce(config, service((call) => ((call.json as { message: { token: string } }).message.token === TOKEN ? fault(404, 'NOT_FOUND', 'UNREGISTERED') : ACCEPTED)), message({ devices: [TOKEN, OTHER] }));

		expect(outcome).toMatchObject({ kind: 'accepted', gone: [TOKEN], note: expect.stringContaining('1 of 2 devices') as string });
	});

	it('of several devices: unknown where one may have it, even when the others say to try again', async () => {
		const { outcome } = await sendOnce(config, service((call) => ((call.json as { message: { token: string } }).message.token === TOKEN ? 'drop' : fault(503, 'UNAVAILABLE', 'UNAVAILABLE'))), message({ devices: [TOKEN, OTHER] }));

		expect(outcome).toMatchObject({ kind: 'ambiguous' });
	});

	it('is tested by a message that Firebase checks and does not send', async () => {
		const { error, calls } = await verifyOnce(config, service({ status: 200, json: { name: 'projects/shop-1/messages/fake' } }));

		expect(error).toBeUndefined();
		expect(calls[1]?.json).toMatchObject({ validate_only: true });
		expect((await verifyOnce(config, service(fault(403, 'PERMISSION_DENIED')))).error).toMatch(/refused the login \(403\)/);
	});
});
