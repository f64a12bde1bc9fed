import { createHmac } from 'node:crypto';

import { sql } from 'kysely';

import { DATABASES } from '../databases';
import { World } from '../journeys/world';
import { PushService, token } from './push-service';

const SECRET = 'a-secret-of-the-site';
const source = { source: 'test' };
const WHY = expect.stringContaining('no proven device') as string;

describe.each(DATABASES)('devices whose person a site can prove, on %s', (kind) => {
	let world: World;
	let service: PushService;
	const trigger = () => world.walk.step('trigger', 'trigger');

	beforeEach(async () => {
		service = await PushService.open();
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime' });
		await world.engine.settings.set({ quietHours: null, caps: [], pushServices: [service.host] });
		await publish(SECRET);
	});
	afterEach(async () => {
		await world.close();
		await service.close();
	});

	const publish = (userSecret?: string, workflow = 'c') => world.engine.collector.configure({ writeKeys: { 'a-long-key': 'app' }, publicUrl: 'https://shop.example/j', port: null, workflow, ...(userSecret === undefined ? {} : { userSecret }) });
	const signed = (userId: string, secret = SECRET) => ({ userId, userToken: createHmac('sha256', secret).update(userId).digest('hex') });

	async function call(route: string, body: object): Promise<Record<string, unknown>> {
		const answer = await world.engine.collector.handle({ method: 'POST', route, query: {}, headers: {}, body: Buffer.from(JSON.stringify({ writeKey: 'a-long-key', ...body })) });
		return JSON.parse(String(answer.body)) as Record<string, unknown>;
	}
	const app = (device: string, who: object) => call('track', { event: 'App Opened', context: { device: { token: device } }, ...who });
	const subscribe = (name: string, who: object, agreed = true) => call('webpush-subscribe', { subscription: service.subscription(name), agreed, page: 'https://shop.example/p', ...who });
	const owner = async (of: string, value: string) => Number((await world.engine.profiles.get({ kind: of, value }))?.id);
	const person = async (...identities: Array<[string, string]>) => Number((await world.engine.profiles.upsert([{ identities: identities.map(([of, value]) => ({ kind: of, value })) }], source)).profiles[0]);

	async function sent(profile: number, channel: 'push' | 'webPush' = 'push'): Promise<{ to: string[]; reason: string | null | undefined }> {
		const before = { push: service.sent.length, webPush: service.shown.length };
		await world.track('Signed Up', [profile]);
		const { people } = await world.walk.start(trigger());
		const step = world.walk.step(`${channel} step`, channel);
		const { results } = channel === 'push' ? await world.walk.push(step, people, service.push()) : await world.walk.webPush(step, people, service.webPush());
		const to = channel === 'push' ? service.sent.slice(before.push).map((one) => one.to) : service.shown.slice(before.webPush).map(({ path }) => path.split('/').at(-1) ?? '');
		return { to: to.sort(), reason: results[0]?.reason };
	}

	describe('of apps', () => {
		it('serve somebody known only where the user token came with them, and the app is told', async () => {
			expect(await app(token('eve'), { userId: 'ann' })).toEqual({ success: true, notProven: ['context.device.token'] });
			expect(await app(token('eve'), { ...signed('bob'), userId: 'ann' })).toMatchObject({ notProven: ['context.device.token'] });
			expect(await app(token('eve'), signed('ann', 'another secret'))).toMatchObject({ notProven: ['context.device.token'] });
			const ann = await owner('user_id', 'ann');
			const without = await sent(ann);
			const foreseen = await world.engine.messages.foresee({ profiles: [ann], channel: 'push', platforms: ['expo'], purpose: 'marketing', topic: '' });
			const shown = await world.engine.messages.previewPush({ ...service.push(), profileId: ann, item: {} });

			expect(await app(token('ann'), signed('ann'))).toEqual({ success: true });
			const listed = (await world.engine.profiles.get({ profileId: ann }))?.devices;

			expect(without).toEqual({ to: [], reason: WHY });
			expect(foreseen).toMatchObject([{ verdict: 'skip', guard: 'address', reason: WHY }]);
			expect(shown.devices).toBe(0);
			expect(listed).toEqual([{ channel: 'push', address: token('ann'), why: null }, { channel: 'push', address: token('eve'), why: expect.stringContaining('not proven') as string }]);
			expect(await sent(ann)).toEqual({ to: [token('ann')], reason: null });
			expect(await world.rows('select state, guard from message order by reserved_at, id')).toEqual([{ state: 'skipped', guard: 'address' }, { state: 'sent', guard: null }]);
		});

		it('bring the proof in the context, too, as libraries of apps can, and it is kept nowhere', async () => {
			const { userId, userToken } = signed('ann');

			const answer = await call('batch', { context: { userToken }, batch: [{ type: 'track', userId, event: 'App Opened', context: { device: { token: token('ann') } } }] });

			expect(answer).toEqual({ success: true });
			expect(await sent(await owner('user_id', 'ann'))).toMatchObject({ to: [token('ann')] });
			expect(JSON.stringify(await world.rows('select properties from event'))).not.toContain(userToken);
		});

		it('serve whoever the app says where no site has a secret, and nobody is told otherwise', async () => {
			await publish();

			expect(await app(token('ann'), { userId: 'ann' })).toEqual({ success: true });

			expect(await sent(await owner('user_id', 'ann'))).toMatchObject({ to: [token('ann')] });
		});

		it('are asked for proof while the collector is published anew, until one without a secret is', async () => {
			await app(token('eve'), { userId: 'ann' });
			const ann = await owner('user_id', 'ann');
			await world.engine.collector.remove('c');
			const between = await sent(ann);

			await publish(undefined, 'another');

			expect(between).toEqual({ to: [], reason: WHY });
			expect(await sent(ann)).toMatchObject({ to: [token('eve')] });
		});

		it('are not carried to somebody by an identify call, and are their own again when that is taken back', async () => {
			const ann = await person(['user_id', 'ann']);
			await person(['anonymous_id', 'eve']);
			await app(token('eve'), { anonymousId: 'eve' });
			const eve = await owner('anonymous_id', 'eve');
			const alone = await sent(eve);

			await call('identify', { userId: 'ann', anonymousId: 'eve', traits: {} });
			const merged = await owner('anonymous_id', 'eve');
			const asAnn = await sent(merged);
			await world.engine.profiles.unmerge({ profileId: ann }, { who: 'test' });

			expect(alone).toMatchObject({ to: [token('eve')] });
			expect([merged, asAnn]).toEqual([ann, { to: [], reason: WHY }]);
			expect(await sent(await owner('anonymous_id', 'eve'))).toMatchObject({ to: [token('eve')] });
		});

		it('are not carried by an identify call that makes the visitor somebody of whom nothing was known before', async () => {
			await app(token('eve'), { anonymousId: 'eve' });

			await call('identify', { anonymousId: 'eve', traits: { email: 'ann@shop.example' } });

			expect(await sent(await owner('email', 'ann@shop.example'))).toEqual({ to: [], reason: WHY });
		});

		it('are believed of a node, for the person whom it named, and after a merge for their user id alone', async () => {
			const eve = await person(['email', 'eve@shop.example'], ['device', token('eve')]);
			const ann = await person(['user_id', 'ann'], ['device', token('ann')]);
			const before = [await sent(eve), await sent(ann)];

			await call('identify', { userId: 'ann', traits: { email: 'eve@shop.example' } });
			const merged = await owner('user_id', 'ann');
			const after = await sent(merged);
			await world.engine.profiles.unmerge({ profileId: merged }, { who: 'test' });

			expect(before).toMatchObject([{ to: [token('eve')] }, { to: [token('ann')] }]);
			expect(await owner('email', 'eve@shop.example')).toBe(eve);
			expect(after).toMatchObject({ to: [token('ann')] });
			expect([await sent(eve), await sent(ann)]).toMatchObject([{ to: [token('eve')] }, { to: [token('ann')] }]);
		});

		it('stay believed when a visitor turns out to be the person, whichever of the two was there first', async () => {
			await call('track', { anonymousId: 'visitor', event: 'Looked' });
			const ann = await person(['email', 'ann@shop.example'], ['device', token('ann')]);

			await call('identify', { anonymousId: 'visitor', traits: { email: 'ann@shop.example' } });

			expect(await owner('email', 'ann@shop.example')).toBe(await owner('anonymous_id', 'visitor'));
			expect(ann).toBeGreaterThan(0);
			expect(await sent(await owner('email', 'ann@shop.example'))).toMatchObject({ to: [token('ann')] });
		});

		it('keep their proof when the app says the same without it, and lose it when somebody else has them', async () => {
			await app(token('phone'), signed('ann'));
			await app(token('phone'), { userId: 'ann' });
			const ann = await owner('user_id', 'ann');
			const kept = await sent(ann);

			await app(token('phone'), { userId: 'ben' });
			const ben = await owner('user_id', 'ben');

			expect(kept).toMatchObject({ to: [token('phone')] });
			expect([(await sent(ann)).to, await sent(ben)]).toEqual([[], { to: [], reason: WHY }]);
		});

		it('that were told of without proof are believed once a node names them', async () => {
			await app(token('ann'), { userId: 'ann' });

			await person(['user_id', 'ann'], ['device', token('ann')]);

			expect(await sent(await owner('user_id', 'ann'))).toMatchObject({ to: [token('ann')] });
		});

		it('that a node named for a visitor are not carried to somebody by an identify call', async () => {
			const ann = await person(['user_id', 'ann']);
			await person(['anonymous_id', 'eve'], ['device', token('eve')]);

			await call('identify', { userId: 'ann', anonymousId: 'eve', traits: {} });

			expect(await owner('device', token('eve'))).toBe(ann);
			expect(await sent(ann)).toEqual({ to: [], reason: WHY });
		});

		it('that were proven for a user id serve nobody who has another', async () => {
			await app(token('ann'), signed('ann'));
			const ann = await owner('user_id', 'ann');
			await world.engine.store.tx('upsert', (tx) => tx.run(sql`update identity set value = 'ben' where kind = 'user_id' and value = 'ann'`));

			expect(await sent(ann)).toEqual({ to: [], reason: WHY });
		});

		it('are pushed out by no number of others that nobody proved', async () => {
			await app(token('ann'), signed('ann'));
			for (let n = 0; n < 25; n += 1) {
				world.clock.advance(1_000);
				await app(token(`eve${n}`), { userId: 'ann' });
			}

			expect(await sent(await owner('user_id', 'ann'))).toMatchObject({ to: [token('ann')] });
		});

		it('find nobody among the external ids of a call, and are no more believed there', async () => {
			const ann = await person(['user_id', 'ann'], ['device', token('ann')]);

			const answer = await call('track', { anonymousId: 'eve', event: 'Looked', context: { externalIds: [{ type: 'device', id: token('ann') }] } });
			await call('track', { userId: 'ann', event: 'Looked', context: { externalIds: [{ type: 'device', id: token('eve') }] } });

			expect(answer).toMatchObject({ success: true, notProven: ['context.device.token'] });
			expect(await owner('anonymous_id', 'eve')).not.toBe(ann);
			expect(await sent(ann)).toEqual({ to: [], reason: WHY });
		});
	});

	it('of before this was kept stay those of people who were known then, and are nobody else\'s', async () => {
		const ann = await person(['user_id', 'ann'], ['device', token('ann')]);
		await app(token('eve'), { anonymousId: 'eve' });
		await subscribe('one', { anonymousId: 'eve' });
		await app(token('bob'), { anonymousId: 'bob' });
		await subscribe('two', { anonymousId: 'bob' });
		// As a database of the version before.
		await world.engine.store.tx('upsert', async (tx) => {
			for (const table of ['sign_up_count', 'push_receipt']) await tx.run(sql`drop table ${sql.table(table)}`);
			for (const table of ['identity', 'web_push_subscription']) await tx.run(sql`alter table ${sql.table(table)} drop column proven`);
			await tx.run(sql`delete from schema_version where version in (59, 60)`);
		});

		const { engine } = await world.another();
		await call('identify', { userId: 'ann', anonymousId: 'eve', traits: {} });
		await call('identify', { anonymousId: 'bob', traits: { email: 'ben@shop.example' } });

		expect((await engine.profiles.get({ kind: 'email', value: 'ben@shop.example' }))?.devices.map(({ why }) => why === null)).toEqual([false, false]);
		expect((await engine.health()).schema).toBeGreaterThanOrEqual(60);
		expect((await engine.profiles.get({ profileId: ann }))?.devices.map(({ address, why }) => [address.split('/').at(-1), why === null])).toEqual([[token('ann'), true], [token('eve'), false], ['one', false]]);
		expect(await sent(ann)).toMatchObject({ to: [token('ann')] });
	});

	describe('that are browsers', () => {
		const consents = async (profile: number) => (await world.engine.consent.get({ profileId: profile }))?.consents.map(({ channel, state }) => [channel, state]);

		it('serve somebody known only where the page proved who is signed in; their yes counts only then', async () => {
			const ann = await person(['user_id', 'ann'], ['anonymous_id', 'visitor']);

			const without = await subscribe('one', { anonymousId: 'visitor', userId: 'ann' });
			const unproven = [await consents(ann), await sent(ann, 'webPush')];
			const told = await subscribe('one', { anonymousId: 'visitor', ...signed('ann') }, false);

			expect(without).toEqual({ success: true, notProven: ['subscription'] });
			expect(unproven).toEqual([[], { to: [], reason: WHY }]);
			expect(told).toEqual({ success: true });
			expect([await consents(ann), await sent(ann, 'webPush')]).toMatchObject([[['webpush', 'subscribed']], { to: ['one'] }]);
		});

		it('undo no opt-out where nobody proved whose they are, neither at once nor by a proof without a new yes', async () => {
			const ann = await person(['user_id', 'ann'], ['anonymous_id', 'visitor']);
			await world.engine.consent.set([{ profile: ann, channel: 'webpush', topic: '', state: 'unsubscribed', source: 'test' }]);

			await subscribe('one', { anonymousId: 'visitor' });
			const unproven = await consents(ann);
			await subscribe('one', { anonymousId: 'visitor', ...signed('ann') }, false);
			const proven = await consents(ann);
			await subscribe('one', { anonymousId: 'visitor', ...signed('ann') });

			expect([unproven, proven, await consents(ann)]).toEqual([[['webpush', 'unsubscribed']], [['webpush', 'unsubscribed']], [['webpush', 'subscribed']]]);
		});

		it('serve a visitor of whom nothing is known, and are not carried to somebody by an identify call', async () => {
			const ann = await person(['user_id', 'ann']);
			await subscribe('one', { anonymousId: 'eve' });
			const alone = await sent(await owner('anonymous_id', 'eve'), 'webPush');

			await call('identify', { userId: 'ann', anonymousId: 'eve', traits: {} });

			expect(alone).toMatchObject({ to: ['one'] });
			expect(await owner('anonymous_id', 'eve')).toBe(ann);
			expect(await sent(ann, 'webPush')).toEqual({ to: [], reason: WHY });
		});

		it('keep their proof when they come back without it, and get none by making the subscription anew', async () => {
			await subscribe('one', { anonymousId: 'visitor', ...signed('ann') });
			await subscribe('one', { anonymousId: 'visitor' }, false);
			const kept = await sent(await owner('user_id', 'ann'), 'webPush');
			await subscribe('eve', { anonymousId: 'visitor' });

			await call('webpush-resubscribe', { former: service.subscription('eve').endpoint, subscription: service.subscription('eve2') });

			expect([kept, await sent(await owner('user_id', 'ann'), 'webPush')]).toMatchObject([{ to: ['one'] }, { to: ['one'] }]);
		});

		it('are pushed out by no number of others that nobody proved', async () => {
			await subscribe('one', { anonymousId: 'visitor', ...signed('ann') });
			const ann = await owner('user_id', 'ann');
			await world.engine.store.tx('web-push-subscribe', async (tx) => {
				const rows = tx.dialect.rows(Array.from({ length: 100 }, (_none, n) => ({ id: `made-up-${n}` })), { id: 'text' }, 'r');
				await tx.run(sql`insert into web_push_subscription (id, profile, endpoint, p256dh, auth, created_at, seen_at, proven) select r.id, cast(${ann} as bigint), r.id, 'x', 'x', cast(${tx.nowMs + 1_000} as bigint), cast(${tx.nowMs + 1_000} as bigint), '-' from ${rows}`);
			});

			await subscribe('two', { anonymousId: 'visitor' });

			expect(await sent(ann, 'webPush')).toMatchObject({ to: ['one'] });
		});

		it('keep their proof where the browser makes its subscription anew', async () => {
			await subscribe('one', { anonymousId: 'visitor', ...signed('ann') });

			await call('webpush-resubscribe', { former: service.subscription('one').endpoint, subscription: service.subscription('two') });

			expect(await sent(await owner('user_id', 'ann'), 'webPush')).toMatchObject({ to: ['two'] });
		});
	});
});
