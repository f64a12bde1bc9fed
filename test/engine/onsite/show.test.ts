import type { JsonObject } from '../../../engine/kernel';
import type { OnSiteShowing } from '../../../engine/onsite/types';
import { DATABASES } from '../databases';
import { HOUR_MS, MINUTE_MS } from '../journeys/world';
import { Shop } from './shop';

const ANN = 'a0000000-anonymous-of-ann';
const BOB = 'b0000000-anonymous-of-bob';

describe.each(DATABASES)('messages on a page, on %s', (kind) => {
	let shop: Shop;
	beforeEach(async () => {
		shop = await Shop.open(kind);
	});
	afterEach(() => shop.close());

	const headlineOf = (decision: { overlay: { content: { headline: string } } | null }) => decision.overlay?.content.headline ?? null;

	it('wait for their person, rendered for them, are sent in the ledger and opened by being shown', async () => {
		const ann = await shop.visitor(ANN);
		const results = await shop.queue(ann);
		const before = await shop.world.rows('select state, channel, provider, opened_at from message');

		const shown = await shop.visit(ANN);

		expect(results).toMatchObject([{ outcome: 'sent' }]);
		expect(before).toEqual([{ state: 'sent', channel: 'onsite', provider: 'on-site', opened_at: null }]);
		expect(shown.overlay).toMatchObject({ kind: 'modal', content: { headline: 'Hello Ada', text: 'Welcome back.', buttons: [{ label: 'Shop', url: 'https://shop.example/pro' }] } });
		expect(await shop.world.rows('select opens from message where opened_at is not null')).toEqual([{ opens: 1 }]);
		expect(await shop.events('On-Site Shown')).toMatchObject([{ profile: ann, message: results[0]?.message, properties: { kind: 'modal', url: 'https://shop.example/', time: 1 } }]);
	});

	it('are sent once, however often the leg is run again', async () => {
		const leg = await shop.enter(await shop.visitor(ANN));
		await shop.send(leg);

		const again = await shop.send(leg);

		expect(again).toMatchObject([{ outcome: 'sent' }]);
		expect(await shop.queued()).toHaveLength(1);
	});

	it.each<[string, Partial<OnSiteShowing>, JsonObject, JsonObject]>([
		['on pages whose address has a part', { rules: { trigger: { on: 'load' }, urls: ['/cart', '/checkout*step=2'], notUrls: [] } }, { url: 'https://shop.example/shoes' }, { url: 'https://shop.example/Checkout?a=1&step=2' }],
		['not on pages that are left out', { rules: { trigger: { on: 'load' }, urls: [], notUrls: ['/cart'] } }, { url: 'https://shop.example/cart' }, {}],
		['after so many seconds', { rules: { trigger: { on: 'delay', seconds: 10 }, urls: [], notUrls: [] } }, { seconds: 9.9 }, { seconds: 10 }],
		['once scrolled so far', { rules: { trigger: { on: 'scroll', percent: 50 }, urls: [], notUrls: [] } }, { scroll: 49 }, { scroll: 50 }],
		['when the pointer leaves', { rules: { trigger: { on: 'exit' }, urls: [], notUrls: [] } }, {}, { exit: true }],
		['at an event', { rules: { trigger: { on: 'event', event: 'Product Viewed' }, urls: [], notUrls: [] } }, { events: ['Viewed'] }, { events: ['Product Viewed'] }],
		['where nothing else stands', {}, { overlay: false }, {}],
		['in a place that is free', { kind: 'inline', slot: 'hero' }, { slots: ['footer'] }, { slots: ['hero'] }],
	])('are shown %s', async (_where, showing, not, yes) => {
		await shop.queue(await shop.visitor(ANN), showing);

		const [other, fitting] = [await shop.visit(ANN, not), await shop.visit(ANN, yes)];

		expect([other.overlay, other.slots]).toEqual([null, {}]);
		expect(fitting.overlay ?? fitting.slots.hero).toMatchObject({ content: { headline: 'Hello Ada' } });
		expect(await shop.events('On-Site Shown')).toHaveLength(1);
	});

	it('are told to the page by nothing but what has to happen first', async () => {
		const ann = await shop.visitor(ANN);
		await shop.queue(ann, { rules: { trigger: { on: 'scroll', percent: 40 }, urls: ['/shoes'], notUrls: [] } });
		await shop.queue(ann, { rules: { trigger: { on: 'scroll', percent: 60 }, urls: ['/hats'], notUrls: [] } });

		const decision = await shop.visit(ANN, { url: 'https://shop.example/shoes' });

		expect(decision).toEqual({ overlay: null, slots: {}, watch: [{ on: 'scroll', percent: 40 }], unread: 0 });
	});

	it('come by priority, of equal ones the oldest first', async () => {
		const ann = await shop.visitor(ANN);
		const texts = ['low', 'older', 'newer'];
		for (const headline of texts) {
			await shop.queue(ann, { priority: headline === 'low' ? 1 : 80, mostShows: 1 }, { headline });
			shop.world.clock.advance(1000);
		}

		const shown = [headlineOf(await shop.visit(ANN)), headlineOf(await shop.visit(ANN)), headlineOf(await shop.visit(ANN)), headlineOf(await shop.visit(ANN))];

		expect(shown).toEqual(['older', 'newer', 'low', null]);
	});

	it('come no more often than they may, nor sooner after the last time, nor once they have expired', async () => {
		await shop.queue(await shop.visitor(ANN), { mostShows: 2, gapHours: 1, expiresAfterHours: 5 });
		const shown: Array<string | null> = [];
		for (const minutes of [0, 59, 1, 60]) {
			shop.world.clock.advance(minutes * MINUTE_MS);
			shown.push(headlineOf(await shop.visit(ANN)));
		}
		const bob = await shop.visitor(BOB);
		await shop.queue(bob, { expiresAfterHours: 5 });
		await shop.queue(bob, { expiresAfterHours: 6, kind: 'inline', slot: 'hero' });
		shop.world.clock.advance(5 * HOUR_MS);

		expect(shown).toEqual(['Hello Ada', null, 'Hello Ada', null]);
		expect(headlineOf(await shop.visit(BOB))).toBeNull();
	});

	it('are shown in one of two tabs that ask at once', async () => {
		await shop.queue(await shop.visitor(ANN), { mostShows: 1 });

		const both = await Promise.all([shop.visit(ANN), shop.visit(ANN)]);

		expect(both.map(headlineOf).filter((headline) => headline !== null)).toHaveLength(1);
		expect(await shop.queued()).toMatchObject([{ shows: 1 }]);
	});

	it.each<[string, (ann: number) => Promise<unknown>]>([
		['have taken their consent back', (ann) => shop.world.engine.consent.set([{ profile: ann, channel: 'onsite', topic: '', state: 'unsubscribed', source: 'page' }])],
		['have left its topic', (ann) => shop.world.engine.consent.set([{ profile: ann, channel: 'onsite', topic: 'offers', state: 'unsubscribed', source: 'page' }])],
		['have paused messages', () => shop.world.engine.preferences.set([{ whose: { kind: 'anonymous_id', value: ANN }, pauseDays: 3, source: 'page' }])],
		['are on the suppression list', () => shop.world.engine.suppression.add([{ channel: 'onsite', address: ANN }])],
		['were taken out of the journey', (ann) => shop.world.track('Bought', [ann])],
		['would be written to while all sending is stopped', () => shop.world.engine.journeys.stopSending('test')],
		['have been erased', () => shop.world.engine.privacy.erasePerson({ kind: 'anonymous_id', value: ANN }, { source: 'test' })],
	])('are not shown to people who, since they were sent, %s', async (_why, change) => {
		const ann = await shop.visitor(ANN);
		const leg = await shop.enter(ann);
		await shop.send(leg, shop.message({}, {}, { topic: 'offers' }));
		await shop.world.walk.park(shop.world.walk.step('wait', 'wait'), leg.people, HOUR_MS);

		await change(ann);

		expect(await shop.visit(ANN)).toEqual({ overlay: null, slots: {}, watch: [], unread: 0 });
		expect(await shop.events('On-Site Shown')).toEqual([]);
	});

	it('are kept from whoever is held out, when they would be sent and when they would be shown', async () => {
		const leg = await shop.enter(await shop.visitor(ANN), await shop.visitor(BOB));
		const [first, second] = [{ ...leg, people: leg.people.slice(0, 1) }, { ...leg, people: leg.people.slice(1) }];
		const sent = await shop.send(first);
		await shop.world.change('update enrollment set holdout = 1');

		const held = await shop.send(second);

		expect([...sent, ...held].map(({ outcome }) => outcome)).toEqual(['sent', 'heldOut']);
		expect(await shop.queued()).toHaveLength(1);
		expect([headlineOf(await shop.visit(ANN)), headlineOf(await shop.visit(BOB))]).toEqual([null, null]);
	});

	it('are held by no quiet hours, since they disturb nobody', async () => {
		await shop.world.engine.settings.set({ quietHours: { from: '00:00', to: '23:59' } });
		const results = await shop.queue(await shop.visitor(ANN));

		expect(results).toMatchObject([{ outcome: 'sent' }]);
		expect(headlineOf(await shop.visit(ANN))).toBe('Hello Ada');
	});

	it('move with their person at a merge, and back when it is undone', async () => {
		const [ann, bob] = [await shop.visitor(ANN), await shop.visitor(BOB)];
		await shop.queue(ann);

		await shop.world.engine.profiles.merge({ profileId: bob }, { profileId: ann }, { keep: 'one' });
		const merged = await shop.queued();
		await shop.world.engine.profiles.unmerge({ profileId: bob });

		expect(merged).toMatchObject([{ profile: bob }]);
		expect(await shop.queued()).toMatchObject([{ profile: ann }]);
		expect(await shop.world.rows('select profile from message')).toEqual([{ profile: ann }]);
	});

	it('are never ambiguous: an attempt whose process died has delivered nothing, and is made anew', async () => {
		let dead = true;
		const dying = await Shop.open(kind, { atPoint: (point) => { if (dead && point === 'send:after-provider') throw new Error('died'); } });
		const leg = await dying.enter(await dying.visitor(ANN));
		await expect(dying.send(leg)).rejects.toThrow();
		const after = await dying.world.rows('select state from message');
		dead = false;
		dying.world.clock.advance(10 * MINUTE_MS);

		const again = await dying.send(leg);

		expect(after).toEqual([{ state: 'attempting' }]);
		expect(again).toMatchObject([{ outcome: 'sent' }]);
		expect(await dying.queued()).toHaveLength(1);
		await dying.close();
	});

	it('are put there once their person, held after a crash, is let go on', async () => {
		let dead = true;
		const dying = await Shop.open(kind, { atPoint: (point) => { if (dead && point === 'send:after-provider') throw new Error('died'); } });
		const leg = await dying.enter(await dying.visitor(ANN));
		await expect(dying.send(leg)).rejects.toThrow();
		dead = false;
		await dying.world.change("update token set state = 'held'");
		dying.world.clock.advance(10 * MINUTE_MS);
		await dying.world.engine.tick();
		const waiting = await dying.world.rows('select state from message');
		await dying.world.change("update token set state = 'claimed'");

		const again = await dying.send(leg);

		expect(waiting).toEqual([{ state: 'reserved' }]);
		expect(again).toMatchObject([{ outcome: 'sent' }]);
		expect(await dying.queued()).toHaveLength(1);
		await dying.close();
	});

	it('are put there where they had waited before, and the process died at their second coming', async () => {
		let dead = false;
		const dying = await Shop.open(kind, { atPoint: (point) => { if (dead && point === 'send:after-provider') throw new Error('died'); } });
		await dying.world.engine.settings.set({ caps: [{ channel: 'all', max: 1, perSeconds: 3_600 }] });
		const leg = await dying.enter(await dying.visitor(ANN));
		const request = dying.message({}, {}, { holding: { whenCapped: 'hold' } });
		await dying.send(leg, request, dying.step('first'));
		await dying.send(leg, request);
		await dying.world.walk.settle(leg);
		dying.world.clock.advance(61 * MINUTE_MS);
		const back = await dying.world.walk.start(dying.step());
		dead = true;
		await expect(dying.send(back, request)).rejects.toThrow();
		dead = false;
		dying.world.clock.advance(10 * MINUTE_MS);
		await dying.world.engine.tick();

		const again = await dying.send(back, request);

		expect(again).toMatchObject([{ outcome: 'sent' }]);
		expect(await dying.queued()).toHaveLength(2);
		await dying.close();
	});

	it('are not taken for delivered by a slow process whose attempt was taken back', async () => {
		let taking: Promise<unknown> | undefined;
		const slow = await Shop.open(kind, { atPoint: (point) => { if (point === 'send:after-provider') taking ??= slow.world.change("update message set state = 'reserved', attempt_nonce = null, attempt_until = null"); } });
		const leg = await slow.enter(await slow.visitor(ANN));

		const results = await slow.send(leg);
		await taking;

		expect(results).toMatchObject([{ outcome: 'sent' }]);
		expect(await slow.world.rows('select state from message')).toEqual([{ state: 'sent' }]);
		expect(await slow.queued()).toHaveLength(1);
		await slow.close();
	});

	it('end as failed, not as unknown, where their person has moved on before a dead process had delivered them', async () => {
		let dead = true;
		const dying = await Shop.open(kind, { atPoint: (point) => { if (dead && point === 'send:after-provider') throw new Error('died'); } });
		const ann = await dying.visitor(ANN);
		await expect(dying.send(await dying.enter(ann))).rejects.toThrow();
		dead = false;
		await dying.world.track('Bought', [ann]);
		dying.world.clock.advance(10 * MINUTE_MS);

		await dying.world.engine.tick();

		expect(await dying.world.rows('select state from message')).toEqual([{ state: 'failed' }]);
		expect(await dying.queued()).toEqual([]);
		await dying.close();
	});

	it.each<[string, Parameters<Shop['message']>]>([
		['is empty', [{}, { headline: ' ', text: '' }]],
		['has no place', [{ kind: 'inline' }]],
		['asks for nothing', [{}, { form: { fields: ['firstName'], consentText: '', topics: [], submitLabel: '', thanks: '' } }]],
		['has personal data for any browser', [{ anyBrowser: true }]],
		['has personal data behind a brace in quotes', [{ anyBrowser: true }, { headline: "{{ 'Hi {name}' | replace: '{name}', profile.firstName }}", buttons: [] }]],
		['has a code of a person for any browser', [{ anyBrowser: true }, { headline: "{{ 'Hi {name}' }}{%- coupon 'p' %}", buttons: [] }]],
		['has wrong Liquid', [{}, { headline: '{% if %}' }]],
	])('are refused before anything is reserved when the message %s', async (_what, [showing, content]) => {
		const leg = await shop.enter(await shop.visitor(ANN));

		await expect(shop.send(leg, shop.message(showing, content))).rejects.toMatchObject({ code: expect.stringMatching(/BAD_INPUT|TEMPLATE_INVALID/) as string });
		expect(await shop.world.rows('select id from message')).toEqual([]);
	});

	it('are held where a link leads to no web address for a person', async () => {
		const leg = await shop.enter(await shop.visitor(ANN, { attributes: { plan: 'x' } }));

		const results = await shop.send(leg, shop.message({}, { buttons: [{ label: 'Go', url: 'javascript:alert({{ profile.plan }})' }] }));

		expect(results).toMatchObject([{ outcome: 'parked', reason: expect.stringContaining('no http or https address') as string }]);
		expect(await shop.queued()).toEqual([]);
	});

	it('go weeks after their expiry', async () => {
		await shop.queue(await shop.visitor(ANN), { expiresAfterHours: 1 });
		shop.world.clock.advance(29 * 24 * HOUR_MS);
		await shop.world.engine.tick();
		const kept = await shop.queued();
		shop.world.clock.advance(2 * 24 * HOUR_MS);
		for (let n = 0; n < 20; n += 1) await shop.world.engine.tick();

		expect(kept).toHaveLength(1);
		expect(await shop.queued()).toEqual([]);
	});
});
