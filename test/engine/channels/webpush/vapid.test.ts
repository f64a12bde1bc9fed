import { createECDH } from 'node:crypto';

import ece from 'http_ece';

import { pushEndpoint } from '../../../../engine/channels/webpush';
import { createVapidProvider } from '../../../../engine/channels/webpush/vapid';
import type { OutgoingWebPush, SendOutcome, VapidConfig, WebPushSubscription } from '../../../../engine/channels/types';
import { ManualClock } from '../../../../engine/kernel';
import { httpService, type Answer, type Service } from '../http-service';
import { privateKeyOf } from './private-key';

const NOW_MS = Date.UTC(2026, 2, 2, 9);
const AUTH = 'BTBZMqHH6r4Tts7J_aSIgg';

describe('Web Push', () => {
	let service: Service;
	const browser = createECDH('prime256v1');
	browser.generateKeys();
	const sender = createECDH('prime256v1');
	sender.generateKeys();
	const config = (given: Partial<VapidConfig> = {}): VapidConfig => ({
		kind: 'vapid', publicKey: sender.getPublicKey('base64url'), privateKey: privateKeyOf(sender), subject: 'mailto:ops@shop.example', extraHosts: [new URL(service.url).host], timeoutMs: 30_000, ...given,
	});
	const subscription = (path = '/send/the-secret-address-of-a-browser'): WebPushSubscription => ({ endpoint: `${service.url}${path}`, p256dh: browser.getPublicKey('base64url'), auth: AUTH });
	const message = (given: Partial<OutgoingWebPush> = {}): OutgoingWebPush => ({ id: 'msg-1', subscriptions: [subscription()], payload: { journeys: 1, title: 'Hello' }, ttlSeconds: 60, urgency: 'high', ...given });

	beforeEach(async () => {
		service = await httpService({ status: 201, text: '', headers: { location: 'https://push.example/m/9f8e7d' } });
	});
	afterEach(() => service.close());

	async function sendOnce(given: Partial<OutgoingWebPush> = {}, settings: Partial<VapidConfig> = {}): Promise<SendOutcome> {
		const provider = createVapidProvider(config(settings), new ManualClock(NOW_MS));
		try {
			return await provider.send(message(given));
		} finally {
			await provider.close();
		}
	}

	it('posts what only this browser can read, with time to live, urgency and topic', async () => {
		const outcome = await sendOnce({ topic: 'order-7' });

		expect(outcome).toEqual({ kind: 'accepted', providerId: '9f8e7d' });
		const [call] = service.calls;
		expect(call?.headers).toMatchObject({ ttl: '60', urgency: 'high', topic: 'order-7', 'content-encoding': 'aes128gcm', 'content-type': 'application/octet-stream', 'content-length': String(call?.body.byteLength) });
		expect(ece.decrypt(call?.body ?? Buffer.alloc(0), { version: 'aes128gcm', privateKey: browser, authSecret: AUTH }).toString()).toBe('{"journeys":1,"title":"Hello"}');
		const claims = JSON.parse(Buffer.from(call?.headers.authorization?.split('.')[1] ?? '', 'base64url').toString()) as object;
		expect(claims).toEqual({ aud: service.url, exp: NOW_MS / 1000 + 43_200, sub: 'mailto:ops@shop.example' });
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a subscription that has ended', { status: 410, text: 'push subscription has unsubscribed or expired.' }, { kind: 'permanent', deadAddress: true }],
		['a subscription that there is not', { status: 404, text: '' }, { kind: 'permanent', deadAddress: true }],
		['too much', { status: 413, text: '' }, { kind: 'permanent' }],
		['too many', { status: 429, text: '', headers: { 'retry-after': '30' } }, { kind: 'transient', retryAfterMs: 30_000 }],
		['keys that are not those of the subscription', { status: 403, text: 'the VAPID credentials in the authorization header do not correspond' }, { kind: 'account' }],
		['a login that is wrong', { status: 401, json: { code: 401, errno: 109, error: 'Unauthorized', message: 'Request did not validate' } }, { kind: 'account' }],
		['what it does not understand', { status: 400, text: 'bad request' }, { kind: 'permanent' }],
		['repair', { status: 503, text: '', headers: { 'retry-after': '30' } }, { kind: 'transient', retryAfterMs: 30_000 }],
		['a proxy that is away', { status: 503, text: '' }, { kind: 'ambiguous' }],
		['a failure', { status: 500, text: '' }, { kind: 'ambiguous' }],
		['a connection that ends', 'drop', { kind: 'ambiguous' }],
	])('sorts %s', async (_what, answer, expected) => {
		service.answer = answer;

		const outcome = await sendOnce();

		expect(outcome).toMatchObject(expected);
		expect('deadAddress' in outcome).toBe('deadAddress' in expected);
		expect(outcome.gone ?? []).toEqual('deadAddress' in expected ? [subscription().endpoint] : []);
		expect('reason' in outcome ? outcome.reason : '').not.toContain('the-secret-address');
		expect(JSON.stringify(outcome)).not.toContain(privateKeyOf(sender));
	});

	it('never calls an address that is no push service, whatever the subscription says', async () => {
		const outcome = await sendOnce({}, { extraHosts: [] });

		expect(outcome).toMatchObject({ kind: 'permanent', gone: [subscription().endpoint] });
		expect(service.calls).toEqual([]);
	});

	it('says of keys that are none that the subscription is dead', async () => {
		expect(await sendOnce({ subscriptions: [{ ...subscription(), p256dh: 'AAAA' }] })).toMatchObject({ kind: 'permanent', deadAddress: true });
		expect(service.calls).toEqual([]);
	});

	it('of several browsers: sent where one took it, and those that are gone are gone', async () => {
		service.answer = ({ path }) => (path === '/send/gone' ? { status: 410, text: '' } : { status: 201, text: '' });

		expect(await sendOnce({ subscriptions: [subscription('/send/gone'), subscription('/send/here')] })).toMatchObject({ kind: 'accepted', gone: [`${service.url}/send/gone`] });
	});
});

it.each([
	['https://fcm.googleapis.com/fcm/send/abc', true], ['https://updates.push.services.mozilla.com/wpush/v2/abc', true], ['https://wns2-par02p.notify.windows.com/w/?token=abc', true], ['https://web.push.apple.com/QAbc', true],
	['http://fcm.googleapis.com/fcm/send/abc', false], ['https://fcm.googleapis.com:8443/x', false], ['https://user:pass@fcm.googleapis.com/x', false], ['https://fcm.googleapis.com.evil.example/x', false],
	['https://evilnotify.windows.com/x', false], ['https://127.0.0.1/x', false], ['https://[::1]/x', false], ['https://169.254.169.254/latest/meta-data', false], ['https://intranet.example/x', false], ['file:///etc/passwd', false], ['nonsense', false],
	[`https://fcm.googleapis.com/${'a'.repeat(2_048)}`, false],
])('an endpoint is one of a push service that is known, or is not called: %s', (endpoint, isOne) => {
	expect(pushEndpoint(endpoint) !== null).toBe(isOne);
});

it('a host of the settings is taken with its port and no other', () => {
	expect(pushEndpoint('http://localhost:9000/x', ['localhost:9000'])).not.toBeNull();
	expect(pushEndpoint('http://localhost:9001/x', ['localhost:9000'])).toBeNull();
	expect(pushEndpoint('ftp://localhost:9000/x', ['localhost:9000'])).toBeNull();
});
