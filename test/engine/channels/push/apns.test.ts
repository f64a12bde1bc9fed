import { createSecureServer, constants, type Http2SecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';

import jwt from 'jsonwebtoken';

import { createApnsProvider } from '../../../../engine/channels/push/apns';
import type { ApnsConfig, PushProvider, SendOutcome } from '../../../../engine/channels/types';
import { ManualClock } from '../../../../engine/kernel';
import { localhostCertificate } from '../certificate';
import { EC, outgoing, pem } from './bench';

const TOKEN = '00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0';
const OTHER = '11fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f1';
const NOW_MS = Date.UTC(2026, 2, 2, 9);
/** Streams of clients are odd (RFC 9113, 5.1.1). */
const FIRST_STREAM = 1;

interface Asked {
	headers: Record<string, string>;
	body: unknown;
}

type Answer = (stream: ServerHttp2Stream, asked: Asked, session: ServerHttp2Session) => void;

const says = (status: number, reason?: string, headers: Record<string, string> = {}): Answer => (stream, { headers: asked }) => {
	stream.respond({ ':status': status, 'apns-id': asked['apns-id'] ?? '', ...headers });
	stream.end(reason === undefined ? '' : JSON.stringify({ reason, ...(status === 410 ? { timestamp: NOW_MS } : {}) }));
};

/** A real HTTP/2 server over TLS that answers as Apple documents it. */
class Apple {
	readonly asked: Asked[] = [];
	sessions = 0;
	answer: Answer = says(200);

	private constructor(private readonly server: Http2SecureServer, private readonly open: Set<ServerHttp2Session>, readonly cert: string) {}

	static async start(): Promise<Apple> {
		const { key, cert } = localhostCertificate(Date.now());
		const open = new Set<ServerHttp2Session>();
		const server = createSecureServer({ key, cert });
		const apple = new Apple(server, open, cert);
		server.on('session', (session) => {
			apple.sessions += 1;
			open.add(session);
			session.on('close', () => open.delete(session));
			session.on('error', () => undefined);
		});
		server.on('stream', (stream, headers) => {
			const chunks: Buffer[] = [];
			stream.on('error', () => undefined);
			stream.on('data', (chunk: Buffer) => chunks.push(chunk));
			stream.on('end', () => {
				const asked = { headers: headers as Record<string, string>, body: JSON.parse(Buffer.concat(chunks).toString()) as unknown };
				apple.asked.push(asked);
				apple.answer(stream, asked, stream.session as ServerHttp2Session);
			});
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return apple;
	}

	get url(): string {
		return `https://localhost:${(this.server.address() as AddressInfo).port}`;
	}

	async close(): Promise<void> {
		for (const session of this.open) session.destroy();
		await new Promise<void>((resolve) => this.server.close(() => resolve()));
	}
}

describe('Apple Push Notification service', () => {
	let apple: Apple;
	let clock: ManualClock;
	let provider: PushProvider;
	const config = (given: Partial<ApnsConfig> = {}): ApnsConfig => ({ kind: 'apns', teamId: 'TEAM123456', keyId: 'KEY1234567', privateKey: pem(EC.privateKey), topic: 'example.shop.app', sandbox: false, baseUrl: apple.url, ca: apple.cert, timeoutMs: 6_000, ...given });
	const message = (given = {}) => outgoing({ devices: [TOKEN], ...given });

	beforeEach(async () => {
		apple = await Apple.start();
		clock = new ManualClock(NOW_MS);
		provider = createApnsProvider(config(), clock);
	});
	afterEach(async () => {
		await provider.close();
		await apple.close();
	});

	it('gets a notification with all that its headers say', async () => {
		const outcome = await provider.send(message({ image: 'https://cdn.example/a.png', link: 'shop://orders/7', data: { order: '7' }, badge: 3, sound: 'default', collapseKey: 'order-7', ttlSeconds: 600 }));

		const [asked] = apple.asked;
		expect(asked?.headers).toMatchObject({
			':method': 'POST', ':path': `/3/device/${TOKEN}`, 'apns-topic': 'example.shop.app', 'apns-push-type': 'alert', 'apns-priority': '10', 'apns-expiration': String(NOW_MS / 1000 + 600), 'apns-collapse-id': 'order-7',
			'apns-id': expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/) as string,
		});
		expect(asked?.body).toEqual({ aps: { alert: { title: 'Hello', body: 'Your order is on its way' }, badge: 3, sound: 'default', 'mutable-content': 1 }, order: '7', link: 'shop://orders/7', image: 'https://cdn.example/a.png' });
		expect(outcome).toEqual({ kind: 'accepted', providerId: asked?.headers['apns-id'] });
	});

	it('knows us by a token signed with the key (ES256), the same one for 40 minutes and then a new one', async () => {
		await provider.send(message());
		clock.advance(39 * 60_000);
		await provider.send(message());
		clock.advance(2 * 60_000);
		await provider.send(message());

		const [first, second, third] = apple.asked.map(({ headers }) => headers.authorization?.replace(/^bearer /, '') ?? '');
		expect(second).toBe(first);
		expect(third).not.toBe(first);
		const { header, payload } = jwt.verify(third ?? '', EC.publicKey, { algorithms: ['ES256'], complete: true, clockTimestamp: NOW_MS / 1000 });
		expect([header.kid, payload]).toEqual(['KEY1234567', { iss: 'TEAM123456', iat: NOW_MS / 1000 + 41 * 60 }]);
	});

	it('gets the same id for the same message and device, another for another device, and everything over one connection', async () => {
		await provider.send(message({ devices: [TOKEN, OTHER] }));
		await provider.send(message());

		const ids = apple.asked.map(({ headers }) => `${headers[':path']?.slice(10, 12)} ${headers['apns-id']}`);
		expect(new Set(ids).size).toBe(2);
		expect(apple.sessions).toBe(1);
	});

	it('logs in anew where Apple says that the login has expired', async () => {
		apple.answer = (stream, asked, session) => (apple.asked.length === 1 ? says(403, 'ExpiredProviderToken') : says(200))(stream, asked, session);

		expect(await provider.send(message())).toMatchObject({ kind: 'accepted' });
		expect(apple.asked).toHaveLength(2);
	});

	it.each<[string, Answer, Partial<SendOutcome>]>([
		['a device without the app', says(410, 'Unregistered'), { kind: 'permanent', deadAddress: true, gone: [TOKEN] }],
		['a token that has expired', says(410, 'ExpiredToken'), { kind: 'permanent', deadAddress: true, gone: [TOKEN] }],
		['too much for 4 KB', says(413, 'PayloadTooLarge'), { kind: 'permanent' }],
		['too many for a device', says(429, 'TooManyRequests', { 'retry-after': '30' }), { kind: 'transient', retryAfterMs: 30_000 }],
		['overload', says(503, 'ServiceUnavailable'), { kind: 'transient' }],
		['a shutdown', says(503, 'Shutdown'), { kind: 'transient' }],
		['an error that it names', says(500, 'InternalServerError'), { kind: 'ambiguous' }],
		['an error without a name', says(500), { kind: 'ambiguous' }],
		['a wrong key', says(403, 'InvalidProviderToken'), { kind: 'account' }],
		['a wrong bundle id', says(400, 'BadTopic'), { kind: 'account' }],
		['a key for another app', says(400, 'TopicDisallowed'), { kind: 'account' }],
		['a reason that is not in the list', says(400, 'BadPriority'), { kind: 'permanent' }],
		['a stream that it turns away', (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM), { kind: 'transient' }],
		['a stream that breaks after the request', (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR), { kind: 'ambiguous' }],
		['a connection that ends after the request', (_stream, _asked, session) => session.destroy(), { kind: 'ambiguous' }],
		['a GOAWAY that names the request as taken', (stream, _asked, session) => void (session.goaway(0, stream.id), setTimeout(() => session.destroy(), 50)), { kind: 'ambiguous' }],
		['no answer', () => undefined, { kind: 'ambiguous' }],
	])('sorts %s', async (_what, answer, expected) => {
		apple.answer = answer;

		const outcome = await provider.send(message());

		expect(outcome).toMatchObject(expected);
		expect(['gone' in outcome, 'deadAddress' in outcome]).toEqual(['gone' in expected, 'deadAddress' in expected]);
		expect(JSON.stringify({ ...outcome, gone: [] })).not.toContain(TOKEN);
	});

	it.each(['BadDeviceToken', 'DeviceTokenNotForTopic'])('keeps a token that Apple calls %s until a notification was taken: with a wrong bundle id or environment all would be removed', async (reason) => {
		apple.answer = (stream, asked, session) => (asked.headers[':path']?.endsWith(TOKEN) === true ? says(400, reason) : says(200))(stream, asked, session);

		const before = await provider.send(message());
		await provider.send(message({ devices: [OTHER] }));
		const after = await provider.send(message());

		expect(before).toMatchObject({ kind: 'permanent', reason: expect.stringContaining('It is kept until') as string });
		expect(before).not.toHaveProperty('gone');
		expect(after).toMatchObject({ kind: 'permanent', gone: [TOKEN] });
	});

	it('was not sent where GOAWAY names an earlier request as the last that was taken', async () => {
		await provider.send(message());
		apple.answer = (_stream, _asked, session) => void (session.goaway(0, FIRST_STREAM), setTimeout(() => session.destroy(), 50));

		expect(await provider.send(message())).toMatchObject({ kind: 'transient' });
	});

	it('opens a new connection after one that Apple has ended', async () => {
		apple.answer = (stream, asked, session) => {
			says(200)(stream, asked, session);
			session.goaway();
		};
		await provider.send(message());
		apple.answer = says(200);

		expect(await provider.send(message())).toMatchObject({ kind: 'accepted' });
		expect(apple.sessions).toBe(2);
	});

	it('says that nothing was sent where there is no connection, and what to do where its certificate is not trusted', async () => {
		const nobody = createApnsProvider(config({ baseUrl: 'https://localhost:1' }), clock);
		const stranger = createApnsProvider(config({ ca: undefined }), clock);

		expect(await nobody.send(message())).toMatchObject({ kind: 'transient' });
		expect(await stranger.send(message())).toMatchObject({ kind: 'account' });
		await Promise.all([nobody.close(), stranger.close()]);
	});

	it('is tested with a device that there is not: key and bundle id are looked at first', async () => {
		apple.answer = says(400, 'BadDeviceToken');
		expect(await provider.verify().then(() => 'fine')).toBe('fine');

		apple.answer = says(403, 'InvalidProviderToken');
		await expect(provider.verify()).rejects.toThrow(/Key ID, Team ID/);
	});

	it('takes no key that is none, and never quotes it', async () => {
		const wrong = createApnsProvider(config({ privateKey: 'not-a-private-key' }), clock);

		const outcome = await wrong.send(message());

		expect(outcome).toMatchObject({ kind: 'account', reason: expect.stringContaining('.p8') as string });
		expect(JSON.stringify(outcome)).not.toContain('not-a-private-key');
		expect(apple.asked).toEqual([]);
		await wrong.close();
	});
});
