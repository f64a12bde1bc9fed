import type { ConversionQuery, ConversionReport } from '../../../engine/attribution/types';
import { DATABASES } from '../databases';
import { DAY_MS, HOUR_MS, World } from '../journeys/world';
import { ordered, sent } from './shop';

const ORDERS = { kind: 'event', event: 'Order Completed', value: 'total', currency: 'currency', order: 'order_id', refund: 'Order Refunded' } as const;

describe.each(DATABASES)('conversions and who gets credit on %s', (kind) => {
	let world: World;
	let now: number;
	let ada: number;
	let ben: number;

	beforeEach(async () => {
		world = await World.open(kind);
		now = world.clock.nowMs();
		[ada = 0, ben = 0] = await world.people(2);
	});
	afterEach(() => world.close());

	const ask = (more: Partial<ConversionQuery> = {}): Promise<ConversionReport> => world.engine.attribution.conversions({ conversion: ORDERS, ...more });
	const euros = (total: string, order?: string) => ({ total, currency: 'EUR', ...(order === undefined ? {} : { order_id: order }) });

	it('one person of two profiles that were merged is one: what one half clicked gets what the other ordered', async () => {
		const [cleo = 0] = (await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'c@customer.example' }] }], { source: 'test' })).profiles.map(Number);
		await sent(world, [{ id: 'm1', profile: ada, sentMs: now - 3 * DAY_MS, clicks: [now - 2 * DAY_MS] }]);
		await ordered(world, [{ profile: cleo, at: now - DAY_MS, properties: euros('10.00') }]);
		expect((await ask()).notAttributed.conversions).toBe('1');

		await world.engine.profiles.merge({ profileId: ada }, { profileId: cleo });

		expect(await ask()).toMatchObject({ total: { conversions: '1', people: 1, value: { EUR: '10' } }, groups: [{ step: 'mail', conversions: '1', people: 1 }], notAttributed: { conversions: '0', people: 0, value: {} } });
	});

	it('imports and late events count at their own time; what was recorded by hand in the editor and test people do not', async () => {
		const [tess = 0] = (await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 't@customer.example' }] }], { source: 'test', test: true })).profiles.map(Number);
		await sent(world, [ada, tess].map((profile) => ({ id: `m${profile}`, profile, sentMs: now - 40 * DAY_MS, clicks: [now - 36 * DAY_MS] })));
		await ordered(world, [ada, tess].map((profile) => ({ profile, at: now - 35 * DAY_MS, properties: euros('5') })), { historical: true });
		await ordered(world, [{ profile: ben, at: now - 35 * DAY_MS, properties: euros('7') }], { inert: true });

		const long = await ask({ since: new Date(now - 60 * DAY_MS).toISOString() });

		expect(long).toMatchObject({ total: { conversions: '1', value: { EUR: '5' } }, groups: [{ conversions: '1' }] });
		expect((await ask()).total.conversions).toBe('0');
	});

	it('a click after the order takes no credit away from the click before it', async () => {
		await sent(world, [{ id: 'm1', profile: ada, sentMs: now - 20 * DAY_MS, clicks: [now - 19 * DAY_MS, now - 5 * DAY_MS, now - DAY_MS] }]);
		await ordered(world, [{ profile: ada, at: now - 3 * DAY_MS, properties: euros('5') }]);

		expect((await ask()).groups).toMatchObject([{ conversions: '1' }]);
	});

	it('windows of clicks, opens and sending stand apart, and of several messages the latest touch is the last', async () => {
		await sent(world, [
			{ id: 'clicked', step: 'clicked', profile: ada, sentMs: now - 9 * DAY_MS, clicks: [now - 6 * DAY_MS] },
			{ id: 'opened', step: 'opened', profile: ada, sentMs: now - 9 * DAY_MS, opens: [now - 20 * HOUR_MS] },
			{ id: 'sent', step: 'sent', profile: ada, sentMs: now - 2 * HOUR_MS },
		]);
		await ordered(world, [{ profile: ada, at: now, properties: euros('5') }]);
		const winner = async (rules: ConversionQuery['rules']) => (await ask({ ...(rules === undefined ? {} : { rules }) })).groups.map(({ step }) => step);

		expect(await winner({})).toEqual(['clicked']);
		expect(await winner({ openDays: 1 })).toEqual(['opened']);
		expect(await winner({ openDays: 0.5 })).toEqual(['clicked']);
		expect(await winner({ openDays: 1, sentDays: 1 })).toEqual(['sent']);
		expect(await winner({ clickDays: 5, openDays: 0, sentDays: 0 })).toEqual([]);
		expect(await winner({ model: 'first', openDays: 1, sentDays: 1 })).toEqual(['clicked']);
	});

	it('shares of a sum add up to it, and what was not asked for keeps its share', async () => {
		await sent(world, ['a', 'b', 'c'].map((step, n) => ({ id: step, step, workflow: `wf-${step}`, channel: step === 'c' ? 'sms' : 'email', profile: ada, sentMs: now - 5 * DAY_MS, clicks: [now - (4 - n) * DAY_MS] })));
		await ordered(world, [{ profile: ada, at: now, properties: euros('10.00') }]);

		const all = await ask({ rules: { model: 'linear' }, by: ['step'] });
		expect(all.groups.map(({ conversions, value }) => [conversions, value.EUR])).toEqual([['0.333334', '3.333334'], ['0.333333', '3.333333'], ['0.333333', '3.333333']]);
		expect(all.elsewhere).toEqual({ conversions: '0', people: 0, value: {} });

		const one = await ask({ rules: { model: 'linear' }, workflow: 'wf-a', by: [] });
		expect(one).toMatchObject({ groups: [{ conversions: '0.333333', value: { EUR: '3.333333' } }], elsewhere: { conversions: '0.666667', people: 1, value: { EUR: '6.666667' } } });
		expect((await ask({ rules: { model: 'linear' }, channel: 'sms', by: ['channel'] })).groups).toMatchObject([{ channel: 'sms', conversions: '0.333334' }]);
		expect((await ask({ rules: { model: 'position' }, by: ['step'] })).groups.map(({ step, conversions }) => [step, conversions])).toEqual([['a', '0.40'], ['c', '0.40'], ['b', '0.20']]);
	});

	it('an order that is told twice counts once; taken back in part it is worth the rest, as a whole it is none', async () => {
		await sent(world, [{ id: 'm1', profile: ada, sentMs: now - 6 * DAY_MS, clicks: [now - 5 * DAY_MS] }]);
		await ordered(world, [
			{ profile: ada, at: now - 4 * DAY_MS, properties: euros('30.00', 'o1') }, { profile: ada, at: now - 4 * DAY_MS + 1000, properties: euros('30.00', 'o1') },
			{ profile: ada, at: now - 3 * DAY_MS, properties: euros('20.00', 'o2') }, { profile: ada, at: now - 2 * DAY_MS, properties: euros('20.00', 'o3') },
			{ profile: ada, at: now - 3 * HOUR_MS, event: 'Order Refunded', properties: euros('12.50', 'o1') },
			{ profile: ada, at: now - 2 * HOUR_MS, event: 'Order Refunded', properties: { order_id: 'o2' } },
			{ profile: ada, at: now - HOUR_MS, properties: euros('-4.00', 'o3') },
			{ profile: ben, at: now - HOUR_MS, event: 'Order Refunded', properties: { order_id: 'o3' } },
			{ profile: ben, at: now - HOUR_MS, properties: euros('-1.00') },
		]);

		expect(await ask({ rules: { clickDays: 30 } })).toMatchObject({
			refunded: 1, total: { conversions: '2', people: 1, value: { EUR: '32.50' } },
			groups: [{ conversions: '2', assisted: 2, value: { EUR: '33.50' } }], notAttributed: { conversions: '0', people: 0, value: { EUR: '-1' } },
		});
	});

	it('a refund in another currency takes nothing, nor does one recorded by hand; what takes back of nobody knows which order is no work of a message', async () => {
		await sent(world, [{ id: 'm1', profile: ada, sentMs: now - 6 * DAY_MS, clicks: [now - 5 * DAY_MS] }]);
		await ordered(world, [
			{ profile: ada, at: now - 4 * DAY_MS, properties: euros('30.00', 'o1') }, { profile: ada, at: now - 3 * DAY_MS, properties: euros('20.00', 'o2') },
			{ profile: ada, at: now - 3 * HOUR_MS, event: 'Order Refunded', properties: { total: '10.00', currency: 'USD', order_id: 'o1' } },
			{ profile: ada, at: now - HOUR_MS, properties: euros('-4.00') },
		]);
		await ordered(world, [{ profile: ada, at: now - HOUR_MS, event: 'Order Refunded', properties: euros('20.00', 'o2') }], { inert: true });

		expect(await ask({ rules: { clickDays: 30 } })).toMatchObject({
			refunded: 0, total: { conversions: '2', value: { EUR: '46' } }, groups: [{ conversions: '2', value: { EUR: '50' } }], notAttributed: { conversions: '0', value: { EUR: '-4' } },
		});
	});

	it('a touch so long before the others that it weighs nothing makes no row', async () => {
		await sent(world, [{ id: 'm1', step: 'old', profile: ada, sentMs: now - 25 * DAY_MS, clicks: [now - 24 * DAY_MS] }, { id: 'm2', step: 'new', profile: ada, sentMs: now - 2 * DAY_MS, clicks: [now - DAY_MS] }]);
		await ordered(world, [{ profile: ada, at: now, properties: euros('5') }]);

		expect((await ask({ rules: { model: 'timeDecay', halfLifeDays: 0.5, clickDays: 30 }, by: ['step'] })).groups).toMatchObject([{ step: 'new', conversions: '1', value: { EUR: '5' } }]);
		expect((await ask({ rules: { model: 'timeDecay', halfLifeDays: 0.5, clickDays: 30 }, by: ['step'] })).groups).toHaveLength(1);
	});

	it('goes through everybody, and through all that one of them did, and lets others have their turn meanwhile', async () => {
		const many = await world.engine.profiles.upsert(Array.from({ length: 1100 }, (_, n) => ({ identities: [{ kind: 'user_id', value: `many${n}` }] })), { source: 'test' });
		const [first = 0, last = 0] = [Number(many.profiles[0]), Number(many.profiles.at(-1))];
		await sent(world, [first, last].map((profile) => ({ id: `m${profile}`, profile, sentMs: now - 5 * DAY_MS, clicks: [now - 4 * DAY_MS] })));
		await ordered(world, [first, last].flatMap((profile) => Array.from({ length: 620 }, (_, n) => ({ profile, at: now - DAY_MS + Math.floor(n / 2), properties: euros('0.01') }))));

		let [turns, done] = [0, false];
		const count = () => {
			turns += 1;
			if (!done) setImmediate(count);
		};
		setImmediate(count);

		const { groups } = await ask();
		done = true;

		expect(groups).toMatchObject([{ conversions: '1240', people: 2, assisted: 1240, value: { EUR: '12.40' } }]);
		// Others of this thread have their turn between slices, and within those that hold much.
		expect(turns).toBeGreaterThanOrEqual(4);
	});

	it('names journeys, steps and templates, and counts a goal as a conversion', async () => {
		const trigger = world.walk.step('trigger', 'trigger');
		await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } }, goals: [{ name: 'Bought', match: { event: 'Order Completed' }, withinMs: 7 * DAY_MS, valueProperty: 'total', currencyProperty: 'currency' }] });
		await world.engine.templates.save({ key: 'spring', channel: 'email', name: 'Spring', content: { subject: 'Hi', body: { kind: 'html', source: '<p>Hi</p>' } } } as never);
		const [template] = await world.rows<{ id: number }>("select id from content_item where key = 'spring'");
		await world.track('Signed Up', [ada]);
		world.clock.advance(HOUR_MS);
		const later = world.clock.nowMs();
		await sent(world, [{ id: 'm1', profile: ada, sentMs: later - HOUR_MS / 2, clicks: [later - HOUR_MS / 3], step: 'trigger', journey: world.journey('trigger'), template: Number(template?.id), variant: 'Subject B' }]);
		await ordered(world, [{ profile: ada, at: later, properties: euros('8') }]);

		expect((await ask({ conversion: { kind: 'goal', workflow: 'wf', goal: 'Bought' }, by: ['journey', 'step', 'template', 'variant'] })).groups).toMatchObject([
			{ workflow: 'wf', journey: 'trigger', journeyName: 'Welcome', step: 'trigger', stepName: 'The trigger', template: { key: 'spring', name: 'Spring' }, variant: 'Subject B', conversions: '1', value: { EUR: '8' } },
		]);
		expect((await ask({ conversion: { kind: 'goal', workflow: 'wf', goal: 'Other' } })).total.conversions).toBe('0');
	});

	it('erased people are gone from it', async () => {
		await sent(world, [{ id: 'm1', profile: ada, sentMs: now - 5 * DAY_MS, clicks: [now - 4 * DAY_MS] }]);
		await ordered(world, [{ profile: ada, at: now, properties: euros('8') }]);

		await world.engine.privacy.erasePerson({ profileId: ada }, { source: 'test' });

		expect(await ask()).toMatchObject({ total: { conversions: '0', people: 0 }, groups: [] });
	});

	it.each<[Partial<ConversionQuery>, string, RegExp]>([
		[{ conversion: { kind: 'named', name: 'Sales' } }, 'NOT_FOUND', /no conversion "sales".*none yet/],
		[{ conversion: { kind: 'event', event: '' } }, 'BAD_INPUT', /name of an event/],
		[{ conversion: { kind: 'goal', workflow: ' ' } }, 'BAD_INPUT', /journey whose goal/],
		[{ rules: { clickDays: 0 } }, 'BAD_INPUT', /neither clicks nor opens/],
		[{ rules: { model: 'best' as never } }, 'BAD_INPUT', /one of last, first/],
		[{ by: ['person' as never] }, 'BAD_INPUT', /grouped by "person"/],
		[{ since: 'yesterday' }, 'BAD_INPUT', /"since".*ISO 8601/],
		[{ since: '2026-03-02T00:00:00Z', until: '2026-03-01T00:00:00Z' }, 'BAD_INPUT', /before "until"/],
	])('refuses %j', async (query, code, message) => {
		await expect(ask(query)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
	});

	it('Explain tells to which messages a person’s orders are credited', async () => {
		await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.engine.settings.set({ conversions: [{ name: 'Orders', event: 'Order Completed', value: 'total', currency: 'currency' }], attribution: { model: 'linear' } as never });
		await sent(world, ['trigger', 'second'].map((step, n) => ({ id: step, step, profile: ada, sentMs: now - 5 * DAY_MS, clicks: [now - (4 - n) * DAY_MS] })));
		await ordered(world, [{ profile: ada, at: now - DAY_MS, properties: euros('9.99') }, { profile: ada, at: now - 20 * DAY_MS, properties: euros('1') }]);

		const told = await world.engine.insights.explain({ who: { profileId: ada }, workflow: 'wf' });

		expect(told.conversions).toMatchObject([
			{ conversion: 'Orders', value: '9.99', currency: 'EUR', model: 'linear', credits: [{ message: 'trigger', stepName: 'The trigger', conversions: '0.50', value: '4.995' }, { message: 'second', conversions: '0.50', value: '4.995' }] },
			{ value: '1', credits: [] },
		]);
		await ordered(world, [1, 2, 3, 4].map((hours) => ({ profile: ada, at: now - hours * HOUR_MS, properties: euros(String(hours)) })));
		expect((await world.engine.insights.explain({ who: { profileId: ada }, workflow: 'wf' })).conversions.map(({ value }) => value)).toEqual(['1', '2', '3', '4', '9.99']);
		expect(told.text).toContain('"Orders" of 2026-03-01 09:00 UTC (9.99 EUR) is credited to the messages of "The trigger" (50%), "second" (50%). No message gets credit for "Orders" of 2026-02-10 09:00 UTC (1 EUR).');
	});
});
