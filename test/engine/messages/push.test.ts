import { DATABASES } from '../databases';
import type { Leg } from '../journeys/walk';
import { World } from '../journeys/world';
import { PushService, token } from './push-service';

const source = { source: 'test' };
const APNS = '00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0';

describe.each(DATABASES)('notifications of apps, on %s', (kind) => {
	let world: World;
	let service: PushService;
	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('push', 'push');

	beforeEach(async () => {
		service = await PushService.open();
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime' });
		await world.engine.settings.set({ quietHours: null, caps: [] });
	});
	afterEach(async () => {
		await world.close();
		await service.close();
	});

	async function person(id: string, devices: readonly string[], attributes: Record<string, string | number> = {}): Promise<number> {
		const { profiles } = await world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: id }, ...devices.map((value) => ({ kind: 'device', value }))], attributes }], source);
		return Number(profiles[0]);
	}

	async function enter(...profiles: number[]): Promise<Leg> {
		await world.track('Signed Up', profiles);
		return await world.walk.start(trigger());
	}

	const ledger = () => world.rows('select channel, state, guard, reason, provider from message order by reserved_at, id');
	const devices = () => world.rows<{ value: string; profile: number }>("select value, profile from identity where kind = 'device' order by value");
	/** An app's call, as Segment's SDKs make it. */
	const app = async (deviceToken: string, userId: string) => {
		const answer = await world.engine.collector.handle({ method: 'POST', route: 'track', query: {}, headers: {}, body: Buffer.from(JSON.stringify({ writeKey: 'a-long-key', userId, event: 'App Opened', context: { device: { token: deviceToken, type: 'ios' } } })) });
		return JSON.parse(String(answer.body)) as object;
	};
	const isReachable = () => world.engine.collector.configure({ writeKeys: { 'a-long-key': 'app' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });

	it('go to each device of the person that the service serves, rendered for them, as one line of the ledger', async () => {
		const leg = await enter(await person('anna', [token('a'), token('b'), APNS], { number: 1 }), await person('ben', [token('c')], { number: 2 }));

		const { results } = await world.walk.push(step(), leg.people, service.push({ content: { title: 'Hello', body: 'You are {{ profile.number }}', data: { number: '{{ profile.number }}', none: '{{ profile.nothing }}' } } }));

		expect(results).toMatchObject([{ outcome: 'sent' }, { outcome: 'sent' }]);
		expect(service.sent.map(({ to, body, data }) => [to, body, data]).sort()).toEqual([[token('a'), 'You are 1', { number: '1' }], [token('b'), 'You are 1', { number: '1' }], [token('c'), 'You are 2', { number: '2' }]]);
		expect(service.service.calls).toHaveLength(1);
		expect(await ledger()).toEqual([1, 2].map(() => ({ channel: 'push', state: 'sent', guard: null, reason: null, provider: 'expo' })));
	});

	it('are sent once, however often the leg is run again', async () => {
		const leg = await enter(await person('anna', [token('a')]));
		await world.walk.push(step(), leg.people, service.push());

		await world.walk.push(step(), leg.people, service.push());

		expect(service.sent).toHaveLength(1);
	});

	it('go to nobody who has no device of this service', async () => {
		const leg = await enter(await person('anna', [APNS]), await person('ben', []));

		const { results } = await world.walk.push(step(), leg.people, service.push());

		expect(results).toMatchObject([1, 2].map(() => ({ outcome: 'skipped', reason: 'no device that this step sends to' })));
		expect(service.sent).toEqual([]);
	});

	it('take a device that is gone away from the person at once, and the next goes to the others alone', async () => {
		service.gone.add(token('a'));
		const anna = await person('anna', [token('a'), token('b')]);
		const { results } = await world.walk.push(step(), (await enter(anna)).people, service.push());

		await world.walk.push(step(), (await enter(anna)).people, service.push());

		expect(results).toMatchObject([{ outcome: 'sent', reason: expect.stringContaining('1 of 2 devices') as string }]);
		expect(service.sent.map(({ to }) => to)).toEqual([token('a'), token('b'), token('b')].sort((x, y) => x.localeCompare(y)));
		expect(await devices()).toEqual([{ value: token('b'), profile: anna }]);
	});

	it('tell of the last device that is gone by an event, and say in the ledger why nothing was sent', async () => {
		service.gone.add(token('a'));
		const anna = await person('anna', [token('a')]);

		const { results } = await world.walk.push(step(), (await enter(anna)).people, service.push());

		expect(results).toMatchObject([{ outcome: 'failed', reason: expect.stringContaining('no longer on this device') as string }]);
		expect(await devices()).toEqual([]);
		expect(await world.rows("select name from event where name like 'Push%'")).toEqual([{ name: 'Push Notification Bounced' }]);
		expect(await world.rows('select channel from suppression')).toEqual([]);
	});

	it('never go to a device on the suppression list; blocked by hand, the person gets none at all', async () => {
		await world.engine.suppression.add([{ channel: 'push', address: token('a'), reason: 'hard-bounce' }, { channel: 'push', address: token('c'), reason: 'manual' }]);
		const leg = await enter(await person('anna', [token('a'), token('b')]), await person('ben', [token('c'), token('d')]), await person('cleo', [token('a1')]));

		const { results } = await world.walk.push(step(), leg.people, service.push());

		expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual([['sent', null], ['skipped', 'suppressed: manual'], ['sent', null]]);
		expect(service.sent.map(({ to }) => to).sort()).toEqual([token('a1'), token('b')]);
	});

	it('go to nobody who was blocked by hand at a device of another service', async () => {
		await world.engine.suppression.add([{ channel: 'push', address: APNS, reason: 'manual' }, { channel: 'push', address: token('d'), reason: 'hard-bounce' }]);
		const [anna, ben] = [await person('anna', [token('a'), APNS]), await person('ben', [token('c'), token('d')])];
		const foreseen = await world.engine.messages.foresee({ profiles: [anna, ben], channel: 'push', purpose: 'transactional', topic: '', platforms: ['expo'] });

		const { results } = await world.walk.push(step(), (await enter(anna, ben)).people, service.push());

		expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual([['skipped', 'suppressed: manual'], ['sent', null]]);
		expect(foreseen.map(({ verdict, guard }) => [verdict, guard])).toEqual([['skip', 'suppression'], ['send', null]]);
		expect(service.sent.map(({ to }) => to)).toEqual([token('c')]);
	});

	it('go to the person\'s own devices, whatever the override says', async () => {
		const leg = await enter(await person('anna', [token('a')]));

		await world.walk.push(step(), leg.people, service.push({ content: { title: 'A', body: 'B', override: { to: token('x'), subtitle: 'C' } } }));

		expect(service.sent).toMatchObject([{ to: token('a'), subtitle: 'C' }]);
	});

	it('hold a person whose override shows a link to confirm that leads nowhere, and give codes to what an override shows', async () => {
		await isReachable();
		await world.engine.coupons.createPool({ name: 'welcome' });
		await world.engine.coupons.addCodes('welcome', ['CODE-1']);
		const leg = await enter(await person('anna', [token('a')]));

		const asking = await world.walk.push(world.walk.step('asking', 'push'), leg.people, service.push({ content: { title: 'A', body: 'B', override: { data: { to: '{{ links.confirmUrl }}' } } } }));
		await world.walk.push(step(), (await enter(await person('ben', [token('b')]))).people, service.push({ content: { title: 'A', body: 'B', override: { subtitle: "{% coupon 'welcome' %}" } } }));

		expect(asking.results).toMatchObject([{ outcome: 'parked', reason: expect.stringContaining('no open request for consent') as string }]);
		expect(service.sent).toMatchObject([{ to: token('b'), subtitle: 'CODE-1' }]);
	});

	it('outside a journey are two where only the override says two things', async () => {
		await person('anna', [token('a')]);
		const items = ['1', '2'].map((order, index) => ({ index, contact: { user_id: 'anna', key: `k${index}` }, item: { order } }));

		const results = await world.engine.messages.sendPush({ ...service.push({ content: { title: 'A', body: 'B', override: { data: { order: '{{ item.order }}' } } } }), step: step(), items });

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
		expect(service.sent.map(({ data }) => data?.order)).toEqual(['1', '2']);
	});

	it('of marketing stop at a no to push', async () => {
		await isReachable();
		const anna = await person('anna', [token('a')]);
		await world.engine.consent.set([{ profile: anna, channel: 'push', topic: '', state: 'unsubscribed', source: 'form' }]);

		const { results } = await world.walk.push(step(), (await enter(anna)).people, service.push({ purpose: 'marketing' }));

		expect(results).toMatchObject([{ outcome: 'skipped' }]);
		expect(service.sent).toEqual([]);
	});

	it('lead by a tracked link where it is of the web, and by the app\'s own as it is', async () => {
		await isReachable();
		const leg = await enter(await person('anna', [token('a')]));
		await world.walk.push(step(), leg.people, service.push({ content: { title: 'A', body: 'B', link: 'https://shop.example/o/{{ profile.id }}' } }));
		await world.walk.push(world.walk.step('second', 'push'), leg.people, service.push({ content: { title: 'A', body: 'B', link: 'shop://orders' } }));

		expect(service.sent.map(({ data }) => data?.link)).toEqual([expect.stringMatching(/^https:\/\/shop\.example\/j\/click\?t=/) as string, 'shop://orders']);
	});

	it('of more than 4 KB hold the person for somebody to look at, and say how large they are', async () => {
		const leg = await enter(await person('anna', [token('a')], { story: 'é'.repeat(2_100) }));

		const { results } = await world.walk.push(step(), leg.people, service.push({ content: { title: 'A', body: '{{ profile.story }}' } }));

		expect(results).toMatchObject([{ outcome: 'parked', reason: expect.stringMatching(/has 4\d{3} bytes for this person, and push services take 4096/) as string }]);
		expect(service.sent).toEqual([]);
	});

	it('wait where the service is busy, and go out when it is not', async () => {
		service.answer = { status: 429, json: {}, headers: { 'retry-after': '60' } };
		const { results } = await world.walk.push(step(), (await enter(await person('anna', [token('a')]))).people, service.push());

		expect(results).toMatchObject([{ outcome: 'parked' }]);
		expect(await ledger()).toMatchObject([{ state: 'deferred' }]);
	});

	it('are unknown where the connection ended, and never sent a second time', async () => {
		service.answer = 'drop';
		const { people } = await enter(await person('anna', [token('a'), token('b')]));
		await world.walk.push(step(), people, service.push());
		service.answer = undefined;

		const again = await world.walk.push(step(), people, service.push());

		expect(again.results).toMatchObject([{ outcome: 'unknown' }]);
		expect(service.service.calls).toHaveLength(1);
	});

	it('find people outside a journey by their user id', async () => {
		await person('anna', [token('a')], { number: 1 });

		const results = await world.engine.messages.sendPush({ ...service.push(), step: step(), items: [{ index: 0, contact: { user_id: 'anna', key: 'k1' }, item: {} }] });

		expect(results).toMatchObject([{ outcome: 'sent' }]);
		expect(service.sent).toMatchObject([{ to: token('a'), body: 'You are 1' }]);
	});

	it('refuse data that the services keep for themselves, before anything is reserved', async () => {
		const leg = await enter(await person('anna', [token('a')]));

		await expect(world.walk.push(step(), leg.people, service.push({ content: { title: 'A', body: 'B', data: { from: 'x' } } }))).rejects.toThrow(/data with the name from/);
		expect(await ledger()).toEqual([]);
	});

	it('shows what would go to the service, without anybody\'s token', async () => {
		const anna = await person('anna', [token('a'), APNS], { number: 7 });

		const preview = await world.engine.messages.previewPush({ ...service.push({ content: { title: 'A', body: '{{ profile.number }}', link: 'https://shop.example/' } }), profileId: anna, item: {} });

		expect(preview).toEqual({ notification: { title: 'A', body: '7', data: { link: 'https://shop.example/' }, priority: 'high' }, bytes: expect.any(Number) as number, devices: 1, profile: anna, sentTo: null, trouble: null });
		expect(service.sent).toEqual([]);
	});

	describe('a device', () => {
		beforeEach(isReachable);

		it('is the person\'s who uses the app on it', async () => {
			const anna = await person('anna', []);

			expect(await app(token('a'), 'anna')).toEqual({ success: true });

			expect(await devices()).toEqual([{ value: token('a'), profile: anna }]);
		});

		it('is the next one\'s who logs in on it, and two people never become one by it', async () => {
			const [anna, ben] = [await person('anna', [token('a')]), await person('ben', [])];
			await app(token('a'), 'ben');

			await world.walk.push(step(), (await enter(anna)).people, service.push());

			expect(await devices()).toEqual([{ value: token('a'), profile: ben }]);
			expect(service.sent).toEqual([]);
		});

		it('is left to whose it is by a call that comes late, and by a token of no service that is known', async () => {
			const anna = await person('anna', [token('a')]);
			await world.engine.events.ingest([{ type: 'track', event: 'Old', userId: 'ben', timestamp: world.clock.nowMs() - 2 * 86_400_000, device: { token: token('a') } }], { source: 'app' });
			await app('something', 'anna');

			expect(await devices()).toEqual([{ value: token('a'), profile: anna }]);
		});

		it('stands in no event, and in no answer as left out', async () => {
			await app(token('a'), 'anna');

			expect(JSON.stringify(await world.rows("select properties from event where name = 'App Opened'"))).not.toContain('ExponentPushToken');
		});

		it('of more than twenty the oldest is forgotten', async () => {
			const anna = await person('anna', []);
			for (let n = 0; n < 22; n += 1) {
				world.clock.advance(1_000);
				await app(token(`n${String(n).padStart(2, '0')}`), 'anna');
			}

			expect((await devices()).map(({ value }) => value)).toEqual(Array.from({ length: 20 }, (_none, n) => token(`n${String(n + 2).padStart(2, '0')}`)));
			expect(anna).toBeGreaterThan(0);
		});
	});
});
