import { DATABASES } from '../databases';
import type { ServiceCall } from '../channels/http-service';
import type { Leg } from '../journeys/walk';
import { World } from '../journeys/world';
import { SmsGateway } from '../messages/sms-gateway';

describe.each(DATABASES)('codes that nobody has seen, on %s', (kind) => {
	let world: World;
	let gateway: SmsGateway;
	let profiles: number[];
	let leg: Leg;
	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = (name = 'sms') => world.walk.step(name, 'sms');
	const phone = (n: number) => `+1500555${String(1000 + n)}`;
	const took = { status: 201, json: { sid: `SM${'0'.repeat(32)}`, status: 'queued' } };
	const text = () => gateway.sms({ purpose: 'marketing', content: { text: "Yours: {% coupon 'p' %}" }, provider: { ...gateway.config, connections: 1 } });
	const optOut = (n: number) => world.engine.consent.set([{ profile: Number(profiles[n]), channel: 'sms' as const, topic: '', state: 'unsubscribed' as const, source: 'reply' }]);
	const owners = async () => (await world.engine.coupons.codes({ pool: 'p', limit: 100 })).filter(({ state }) => state !== 'free').map(({ profile }) => profiles.indexOf(Number(profile))).sort((a, b) => a - b);
	/** Once the fourth person is written to, in an attempt of the fourth to the seventh. */
	const meanwhile = (what: () => Promise<unknown>) => {
		gateway.service.answer = async ({ form }: ServiceCall) => {
			if (form.get('To') === phone(3)) await what();
			return took;
		};
	};

	beforeEach(async () => {
		gateway = await SmsGateway.open();
		world = await World.open(kind);
		await world.engine.settings.set({ quietHours: null, caps: [] });
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.engine.coupons.createPool({ name: 'p' });
		await world.engine.coupons.addCodes('p', Array.from({ length: 8 }, (_none, n) => `C${n}`));
		profiles = (await world.engine.profiles.upsert(Array.from({ length: 8 }, (_none, n) => ({ identities: [{ kind: 'user_id', value: `u${n}` }, { kind: 'phone', value: phone(n) }] })), { source: 'test' })).profiles.map(Number);
		await world.engine.consent.set(profiles.map((profile) => ({ profile, channel: 'sms' as const, topic: '', state: 'subscribed' as const, source: 'form' })));
		await world.track('Signed Up', profiles);
		leg = await world.walk.start(trigger());
		leg.people.sort((a, b) => a.stamp.profile - b.stamp.profile);
	});
	afterEach(async () => {
		await world.close();
		await gateway.close();
	});

	it('come back from who opted out, left the journey or is suppressed before their turn, and go to somebody else', async () => {
		meanwhile(async () => {
			await optOut(4);
			await world.engine.journeys.exitPeople({ workflow: 'wf', people: [Number(profiles[5])], reason: 'by hand' });
			await world.engine.suppression.add([{ channel: 'sms', address: phone(6), reason: 'manual' }]);
		});

		await world.walk.sms(step(), leg.people, text());
		const held = await owners();
		const next = await world.engine.coupons.assign({ pool: 'p', journey: 'shop', people: [0, 1, 2].map((n) => ({ profileId: Number(profiles[n]) })) });

		expect(gateway.sent.map(({ to }) => to)).toEqual([0, 1, 2, 3, 7].map(phone));
		expect(held).toEqual([0, 1, 2, 3, 7]);
		expect(new Set([...gateway.sent.map((one) => one.text.split(' ')[1]), ...next.map(({ code }) => code)]).size).toBe(8);
		expect(await world.engine.coupons.pool('p')).toMatchObject({ codes: 8, left: 0, given: 8 });
	});

	it('come back also where the account had failed before their turn, and they left while they waited', async () => {
		gateway.service.answer = () => (gateway.service.calls.length <= 3 ? took : { status: 401, json: { code: 20003, message: 'Authenticate', status: 401 } });
		await world.walk.sms(step(), leg.people, text());
		await world.walk.settle(leg);
		const waiting = await owners();

		await world.engine.journeys.exitPeople({ workflow: 'wf', people: profiles.slice(4), reason: 'by hand' });

		expect(waiting).toEqual([0, 1, 2, 3, 4, 5, 6]);
		// The fourth was on the way when the account was refused.
		expect(await owners()).toEqual([0, 1, 2, 3]);
	});

	it.each([
		['has refused for now', () => ({ status: 429, json: { code: 20429, message: 'Too many requests', status: 429 } })],
		['never answered', () => 'drop' as const],
	])('stay theirs once a service %s: it may have been seen', async (_what, answer) => {
		gateway.service.answer = answer;
		await world.walk.sms(step(), leg.people.slice(0, 1), text());
		await optOut(0);
		await world.engine.journeys.exitPeople({ workflow: 'wf', people: [Number(profiles[0])], reason: 'by hand' });

		expect(await owners()).toEqual([0]);
	});

	it('stay theirs where another message of the journey has shown it, or somebody was told it by hand', async () => {
		meanwhile(async () => {
			await world.engine.coupons.assign({ pool: 'p', journey: 'wf', people: [{ profileId: Number(profiles[4]) }] });
			await optOut(4);
		});
		await world.walk.sms(step(), leg.people, text());

		expect(gateway.sent.map(({ to }) => to)).not.toContain(phone(4));
		expect(await owners()).toContain(4);
	});

	it('stay theirs where another process has taken them over meanwhile, which shows them the same', async () => {
		const other = await world.another();
		let taken: Leg | undefined;
		meanwhile(async () => {
			world.clock.advance(60_000);
			taken = await other.walk.start(trigger());
		});
		await world.walk.sms(step(), leg.people, text());
		const before = (await world.engine.coupons.codes({ pool: 'p' })).filter(({ profile }) => profile !== null);

		gateway.service.answer = () => took;
		await other.walk.sms(step(), taken?.people ?? [], text());

		expect(before.map(({ profile }) => profiles.indexOf(Number(profile))).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
		for (const { code, profile } of before) expect(gateway.sent.filter((one) => one.to === phone(profiles.indexOf(Number(profile)))).map((one) => one.text.split(' ')[1])).toEqual([code]);
	});

	it('stay theirs where of two messages of one batch that show them one has left', async () => {
		await world.walk.settle(leg);
		for (const messageId of ['again', 'and again']) await world.track('Signed Up', [Number(profiles[1])], { messageId });
		await world.track('Signed Up', [Number(profiles[0])]);
		const twice = await world.walk.start(trigger());
		gateway.service.answer = async ({ form }: ServiceCall) => {
			if (form.get('To') === phone(1)) await world.engine.journeys.exitPeople({ workflow: 'wf', people: [Number(profiles[1])], reason: 'by hand' });
			return took;
		};
		// The first attempt is of one message, the second of two.
		await world.walk.sms(step(), twice.people.sort((a, b) => a.stamp.profile - b.stamp.profile), text());

		expect((await world.messages()).map(({ profile, state, attempts }) => [profiles.indexOf(profile), state, attempts]).sort()).toEqual([[0, 'sent', 1], [1, 'sent', 1], [1, 'skipped', 0]]);
		expect(await owners()).toEqual([0, 1]);
	});

	it('stay used where an order has named them meanwhile', async () => {
		meanwhile(async () => {
			await world.change(`update coupon set redeemed_at = ${world.clock.nowMs()} where profile = ${profiles[4]}`);
			await optOut(4);
		});
		await world.walk.sms(step(), leg.people, text());

		expect(await world.engine.coupons.pool('p')).toMatchObject({ given: 8, redeemed: 1, left: 0 });
	});
});
