import type { CollectorResponse } from '../../../engine/collector/types';
import { systemRandom } from '../../../engine/kernel';
import { createSettings } from '../../../engine/settings';
import { signToken } from '../../../engine/tracking';
import { DATABASES } from '../databases';
import type { Leg } from '../journeys/walk';
import { World } from '../journeys/world';
import { PushService } from './push-service';

const source = { source: 'test' };

describe.each(DATABASES)('notifications of browsers, on %s', (kind) => {
	let world: World;
	let service: PushService;
	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('web push', 'webPush');

	beforeEach(async () => {
		service = await PushService.open();
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime' });
		await world.engine.settings.set({ quietHours: null, caps: [], pushServices: [service.host] });
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
	});
	afterEach(async () => {
		await world.close();
		await service.close();
	});

	async function call(route: string, body: object, method = 'POST'): Promise<{ status: number; body: Record<string, unknown>; answer: CollectorResponse }> {
		const answer = await world.engine.collector.handle({ method, route, query: {}, headers: { origin: 'https://shop.example' }, body: method === 'GET' ? new Uint8Array() : Buffer.from(JSON.stringify(body)), ip: '203.0.113.7' });
		return { status: answer.status, body: JSON.parse(String(answer.body)) as Record<string, unknown>, answer };
	}

	const subscribe = (name: string, anonymousId = 'visitor-1', more: object = {}) => call('webpush-subscribe', { writeKey: 'a-long-key', anonymousId, subscription: service.subscription(name), agreed: true, page: 'https://shop.example/back-in-stock', language: 'de', ...more });

	async function known(anonymousId: string, userId: string, attributes: Record<string, string | number> = {}): Promise<number> {
		const { profiles } = await world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: userId }, { kind: 'anonymous_id', value: anonymousId }], attributes }], source);
		return Number(profiles[0]);
	}

	async function enter(...profiles: number[]): Promise<Leg> {
		await world.track('Signed Up', profiles);
		return await world.walk.start(trigger());
	}

	const browsers = () => world.rows<{ profile: number; endpoint: string }>('select profile, endpoint from web_push_subscription order by endpoint');
	const state = async (profile: number) => (await world.engine.consent.get({ profileId: profile }))?.consents;

	it('go to each browser that the person subscribed in, and only those can read them', async () => {
		const anna = await known('visitor-1', 'anna', { number: 7 });
		await subscribe('one');
		await subscribe('two');

		const { results } = await world.walk.webPush(step(), (await enter(anna)).people, service.webPush({
			content: { title: 'Back in stock', body: 'No. {{ profile.number }}', icon: 'https://cdn.example/i.png', link: 'https://shop.example/p/7', actions: [{ title: 'Buy', link: 'https://shop.example/buy/7' }], collapseKey: 'p7' },
		}));

		expect(results).toMatchObject([{ outcome: 'sent' }]);
		expect(service.shown.map(({ path }) => path).sort()).toEqual(['/browser/one', '/browser/two']);
		expect(service.shown[0]?.payload).toEqual({
			journeys: 1, title: 'Back in stock', options: { body: 'No. 7', icon: 'https://cdn.example/i.png', actions: [{ action: '0', title: 'Buy' }], tag: 'p7', renotify: true },
			links: {
				'': { url: 'https://shop.example/p/7', open: expect.stringMatching(/^https:\/\/shop\.example\/j\/click\?t=/) as string },
				'0': { url: 'https://shop.example/buy/7', open: expect.stringMatching(/^https:\/\/shop\.example\/j\/click\?t=/) as string },
			},
			report: { url: 'https://shop.example/j/webpush-event', token: expect.any(String) as string },
		});
		expect(service.service.calls[0]?.headers).toMatchObject({ ttl: '2419200', urgency: 'normal', topic: expect.stringMatching(/^[\w-]{32}$/) as string });
		expect(await world.rows('select channel, state, provider from message')).toEqual([{ channel: 'webpush', state: 'sent', provider: 'webpush' }]);
	});

	it('are signed with keys that are made once, in whichever process, and are never shown', async () => {
		const { body } = await call('webpush-key', {}, 'GET');
		const { engine } = await world.another();
		const other = JSON.parse(String((await engine.collector.handle({ method: 'GET', route: 'webpush-key', query: {}, headers: {}, body: new Uint8Array() })).body)) as object;

		expect(other).toEqual(body);
		expect(Buffer.from(String(body.publicKey), 'base64url')).toHaveLength(65);
		const [{ value }] = await world.rows<{ value: string | { privateKey: string } }>("select value from setting where key = 'vapid-keys'") as [{ value: string | { privateKey: string } }];
		const { privateKey } = (typeof value === 'string' ? JSON.parse(value) : value) as { privateKey: string };
		expect(JSON.stringify(await world.engine.settings.get())).not.toContain(privateKey);
		expect(JSON.stringify(await world.engine.settings.history({}))).not.toContain(privateKey);
	});

	it('have a yes with its proof from whoever subscribed', async () => {
		await world.engine.settings.set({ storeIps: true });
		const anna = await known('visitor-1', 'anna');

		expect((await subscribe('one')).body).toEqual({ success: true });

		expect(await state(anna)).toMatchObject([{ channel: 'webpush', topic: '', state: 'subscribed', source: 'web-push', textVersion: 'browser-permission', ip: '203.0.113.7' }]);
		expect(await world.engine.consent.history({ profileId: anna })).toMatchObject([{ seen: { page: 'https://shop.example/back-in-stock', language: 'de' } }]);
		expect(await world.rows("select name from event where name like 'Web Push%'")).toEqual([{ name: 'Web Push Subscribed' }]);
	});

	it('have no new yes from a browser that only comes back, and follow whoever uses it', async () => {
		const [anna, ben] = [await known('visitor-1', 'anna'), await known('visitor-2', 'ben')];
		await subscribe('one');
		await world.engine.consent.set([{ profile: anna, channel: 'webpush', topic: '', state: 'unsubscribed', source: 'page' }]);

		await subscribe('one', 'visitor-1', { agreed: false });
		await subscribe('one', 'visitor-2', { agreed: false });

		expect(await state(anna)).toMatchObject([{ state: 'unsubscribed' }]);
		expect(await state(ben)).toEqual([]);
		expect(await browsers()).toMatchObject([{ profile: ben }]);
	});

	it('never come back without a new yes to a browser that was taken away: somebody erased, or out of it', async () => {
		await known('visitor-1', 'anna');
		await subscribe('one');
		await world.engine.privacy.erasePerson({ kind: 'user_id', value: 'anna' }, source);
		const { n } = (await world.rows<{ n: number }>('select count(*) as n from profile'))[0] ?? { n: -1 };

		expect((await subscribe('one', 'visitor-1', { agreed: false })).body).toEqual({ success: true });

		expect(await browsers()).toEqual([]);
		expect(await world.rows('select count(*) as n from profile')).toEqual([{ n }]);
	});

	it('belong to the visitor, and to nobody whose user id a page claims', async () => {
		const anna = await known('visitor-1', 'anna');

		await subscribe('one', 'visitor-9', { userId: 'anna' });

		expect((await browsers()).map(({ profile }) => profile)).not.toContain(anna);
		expect((await subscribe('two', '')).status).toBe(400);
	});

	it('stop where somebody unsubscribes in the browser; out of the last one is out of web push', async () => {
		const anna = await known('visitor-1', 'anna');
		await subscribe('one');
		await subscribe('two');

		await call('webpush-unsubscribe', { writeKey: 'a-long-key', endpoint: service.subscription('one').endpoint });
		const between = await state(anna);
		await call('webpush-unsubscribe', { writeKey: 'a-long-key', endpoint: service.subscription('two').endpoint });

		expect(between).toMatchObject([{ state: 'subscribed' }]);
		expect(await state(anna)).toMatchObject([{ channel: 'webpush', state: 'unsubscribed' }]);
		expect(await browsers()).toEqual([]);
	});

	it('go on where the browser has made its subscription anew', async () => {
		const anna = await known('visitor-1', 'anna');
		await subscribe('one');

		await call('webpush-resubscribe', { former: service.subscription('one').endpoint, subscription: service.subscription('new') });
		await call('webpush-resubscribe', { former: 'https://fcm.googleapis.com/fcm/send/unknown', subscription: service.subscription('stranger') });

		expect(await browsers()).toEqual([{ profile: anna, endpoint: service.subscription('new').endpoint }]);
	});

	it('take a browser that is gone away from the person at once', async () => {
		const anna = await known('visitor-1', 'anna');
		await subscribe('one');
		service.gone.add('/browser/one');

		const { results } = await world.walk.webPush(step(), (await enter(anna)).people, service.webPush());
		const again = await world.walk.webPush(step(), (await enter(anna)).people, service.webPush());

		expect(results).toMatchObject([{ outcome: 'failed', reason: expect.stringContaining('has ended this subscription') as string }]);
		expect(again.results).toMatchObject([{ outcome: 'skipped', reason: 'no device that this step sends to' }]);
		expect(await browsers()).toEqual([]);
		expect(await world.rows("select name from event where name like 'Push%'")).toEqual([{ name: 'Push Notification Bounced' }]);
	});

	it.each<[string, object, number, string]>([
		['without a write key', { writeKey: undefined }, 401, 'unknown_write_key'],
		['of an address that is no push service', { subscription: { endpoint: 'https://10.0.0.1/x', keys: { p256dh: 'A'.repeat(87), auth: 'BTBZMqHH6r4Tts7J_aSIgg' } } }, 400, 'unknown_push_service'],
		['without keys', { subscription: { endpoint: 'https://fcm.googleapis.com/fcm/send/x' } }, 400, 'no_subscription'],
		['with keys that are none', { subscription: { endpoint: 'https://fcm.googleapis.com/fcm/send/x', keys: { p256dh: 'AAAA', auth: 'AAAA' } } }, 400, 'no_subscription'],
		['without a visitor', { anonymousId: undefined }, 400, 'no_visitor'],
		['of a placeholder for a visitor', { anonymousId: 'undefined' }, 400, 'no_visitor'],
	])('are not subscribed to %s', async (_what, given, status, code) => {
		expect(await subscribe('one', 'visitor-1', given)).toMatchObject({ status, body: { code } });
		expect(await browsers()).toEqual([]);
	});

	it.each(['webpush-subscribe', 'webpush-unsubscribe', 'webpush-resubscribe', 'webpush-event'])('nothing is changed by looking at %s', async (route) => {
		expect((await call(route, {}, 'GET')).status).toBe(405);
	});

	describe('of which the service worker tells', () => {
		let anna: number;
		let report: { token: string };

		beforeEach(async () => {
			anna = await known('visitor-1', 'anna');
			await subscribe('one');
			await world.walk.webPush(step(), (await enter(anna)).people, service.webPush());
			report = service.shown[0]?.payload.report as { token: string };
		});

		it.each([
			['delivered', {}, 'Push Notification Received', 'delivered_at'],
			['clicked', { link: 'https://shop.example/p/7' }, 'Push Notification Tapped', 'clicked_at'],
			['dismissed', {}, 'Push Notification Dismissed', null],
		])('that it was %s, once', async (told, more, event, column) => {
			expect((await call('webpush-event', { t: report.token, kind: told, ...more })).body).toEqual({ success: true });
			await call('webpush-event', { t: report.token, kind: told, ...more });

			expect(await world.rows<{ name: string; profile: number }>("select name, profile from event where name like 'Push%'")).toEqual([{ name: event, profile: anna }]);
			if (column !== null) expect((await world.rows<Record<string, number | null>>(`select ${column} from message`))[0]?.[column]).not.toBeNull();
		});

		it.each(['delivered', 'clicked', 'dismissed'])('that it was %s, which proves that it had left where nobody knew', async (told) => {
			await world.change("update message set state = 'unknown', reason = 'n8n stopped'");

			await call('webpush-event', { t: report.token, kind: told, ...(told === 'clicked' ? { link: 'https://shop.example/p/7' } : {}) });

			expect(await world.rows('select state, reason from message')).toEqual([{ state: 'sent', reason: null }]);
		});

		it('nothing of a message of another channel: its picture shows such a token to everybody who loads it', async () => {
			await world.change("update message set channel = 'email'");

			await call('webpush-event', { t: report.token, kind: 'clicked', link: 'https://evil.example/' });

			expect(await world.rows("select name from event where name like '%Click%' or name like 'Push%'")).toEqual([]);
			expect(await world.rows('select clicks, clicked_at from message')).toMatchObject([{ clicks: 0, clicked_at: null }]);
		});

		it('nothing is believed of a token that is not ours, nor of what is no news', async () => {
			expect((await call('webpush-event', { t: `${report.token}x`, kind: 'delivered' })).status).toBe(400);
			expect((await call('webpush-event', { t: report.token, kind: 'unsubscribed' })).status).toBe(400);
			// The picture of a mail bears it, too: whoever forwards a mail hands it on.
			const [{ id }] = await world.rows<{ id: string }>('select id from message') as [{ id: string }];
			expect((await call('webpush-event', { t: signToken({ k: 'o', m: id }, await createSettings({ store: world.engine.store, random: systemRandom }).signingSecret()), kind: 'delivered' })).status).toBe(400);
			expect(await world.rows("select name from event where name like 'Push%'")).toEqual([]);
		});
	});

	it('are of a hundred browsers a person at most: anybody can make up subscriptions', async () => {
		for (let n = 0; n < 103; n += 1) {
			world.clock.advance(1);
			await subscribe(`made-up-${n}`);
		}

		const left = (await browsers()).map(({ endpoint }) => endpoint.split('/').at(-1));
		expect(left).toHaveLength(100);
		expect(left).toEqual(expect.arrayContaining(['made-up-3', 'made-up-102']));
	});

	it('have a service worker that may serve the whole site, in its own words of where to tell', async () => {
		const answer = await world.engine.collector.handle({ method: 'GET', route: 'webpush-sw.js', query: {}, headers: {}, body: new Uint8Array() });

		expect(answer.headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8', 'service-worker-allowed': '/', 'x-content-type-options': 'nosniff' });
		expect(String(Buffer.from(answer.body as Uint8Array))).toContain("var BASE = 'https://shop.example/j';");
	});

	it('of more than a browser takes hold the person for somebody to look at', async () => {
		const anna = await known('visitor-1', 'anna', { story: 'é'.repeat(2_100) });
		await subscribe('one');

		const { results } = await world.walk.webPush(step(), (await enter(anna)).people, service.webPush({ content: { title: 'A', body: '{{ profile.story }}' } }));

		expect(results).toMatchObject([{ outcome: 'parked', reason: expect.stringContaining('push services take 3993') as string }]);
		expect(service.shown).toEqual([]);
	});

	it('lead nowhere but to the web', async () => {
		const anna = await known('visitor-1', 'anna', { link: 'javascript:alert(1)' });
		await subscribe('one');

		const { results } = await world.walk.webPush(step(), (await enter(anna)).people, service.webPush({ content: { title: 'A', body: 'B', link: '{{ profile.link }}' } }));

		expect(results).toMatchObject([{ outcome: 'parked', reason: expect.stringContaining('leads to no web address') as string }]);
		expect(service.shown).toEqual([]);
	});

	it('go with the person: into a merge and back, into their copy, and away with them', async () => {
		const anna = await known('visitor-1', 'anna');
		const { profiles: [stray] } = await world.engine.profiles.upsert([{ identities: [{ kind: 'anonymous_id', value: 'visitor-5' }] }], source);
		await subscribe('stray', 'visitor-5');

		await world.engine.profiles.merge({ profileId: anna }, { profileId: Number(stray) });
		const merged = await browsers();
		const copy = JSON.stringify(await world.engine.privacy.exportPerson({ profileId: anna }, source));
		await world.engine.profiles.unmerge({ profileId: Number(stray) });
		const apart = await browsers();
		await world.engine.privacy.erasePerson({ profileId: Number(stray) }, source);

		expect(merged).toMatchObject([{ profile: anna }]);
		expect(copy).toContain('/browser/stray');
		expect(copy).not.toContain(service.subscription('stray').keys.p256dh);
		expect(apart).toMatchObject([{ profile: stray }]);
		expect(await browsers()).toEqual([]);
	});
});
