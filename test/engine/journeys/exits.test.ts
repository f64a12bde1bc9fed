import { DATABASES } from '../databases';
import { Mailbox } from '../messages/mailbox';
import { protocolViolations } from './protocol-checks';
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from './world';
import type { JourneyConfig } from '../../../engine/journeys/types';

/** Of several that hold both, whichever SQLite takes. */
const BY_PERSON: unknown = expect.stringMatching(/^SEARCH e USING .*INDEX enrollment_\w+ \((profile=\? AND journey=\?|journey=\? AND profile=\?)/);
const SIGNED_UP = { kind: 'event', match: { event: 'Signed Up' } } as const;

describe.each(DATABASES)('what ends a journey besides an event, on %s', (kind) => {
	let world: World;
	let ann: number;
	let bob: number;

	async function open(config: Partial<JourneyConfig>, options: { test?: boolean; atPoint?: (point: string) => void } = {}): Promise<void> {
		world = await World.open(kind, options.atPoint === undefined ? {} : { atPoint: options.atPoint });
		[ann = 0, bob = 0] = await world.people(2, { test: options.test ?? false });
		await world.engine.segments.save({ name: 'Customers', rule: { attribute: 'plan', operator: 'equals', value: 'pro' }, wait: true });
		await world.engine.lists.create('Guests');
		await world.walk.register(trigger(), { entry: SIGNED_UP, ...config });
	}
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, [], { entryEvent: 'Signed Up', atRest: false })).toEqual({});
		await world.close();
	});

	const trigger = () => world.walk.step('trigger', 'trigger');
	const wait = () => world.walk.step('wait', 'wait');
	const plan = async (profile: number, value: string) => await world.engine.profiles.upsert([{ profileId: profile, attributes: { plan: value } }], { source: 'test' });
	const says = async (profile: number, state: 'subscribed' | 'unsubscribed' | 'none' | 'pending', topic = '', channel = 'email') => await world.engine.consent.set([{ profile, channel, topic, state, source: 'page' }]);
	const parkAt = async (delayMs = DAY_MS) => {
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait(), leg.people, delayMs);
		await world.walk.settle(leg);
	};
	/** Reasons in the order of entering; null: still inside. */
	const ends = async () => (await world.enrollments()).map(({ end_reason }) => end_reason);

	describe('segments and lists', () => {
		it('ends it in the very transaction in which somebody enters the segment, wherever they stand, and says why', async () => {
			await open({ exits: { segments: [{ segment: 'Customers', change: 'entered' }] } });
			await world.track('Signed Up', [ann, bob]);
			await parkAt();
			world.points.length = 0;

			await plan(ann, 'pro');

			expect(await world.enrollments()).toMatchObject([{ profile: ann, state: 'exited', open_tokens: 0, end_reason: 'entered "Customers"' }, { profile: bob, state: 'active' }]);
			expect((await world.tokens()).map(({ profile }) => profile)).toEqual([bob]);
			expect(world.points.filter((point) => point.endsWith(':after-commit'))).toHaveLength(1);
			expect((await world.engine.journeys.status())[0]).toMatchObject({ active: 1, exited: { 'entered "Customers"': 1 } });
		});

		it('ends it when somebody leaves the segment or the list, and by nothing else', async () => {
			await open({ exits: { segments: [{ segment: 'Customers', change: 'left' }, { segment: 'Guests', change: 'left' }] } });
			await plan(ann, 'pro');
			await world.engine.lists.add('Guests', [{ profileId: bob }]);
			await world.track('Signed Up', [ann, bob]);
			await plan(bob, 'pro');
			await world.engine.lists.add('Guests', [{ profileId: ann }]);
			const before = await ends();

			await plan(ann, 'free');
			await world.engine.lists.remove('Guests', [{ profileId: bob }]);

			expect(before).toEqual([null, null]);
			expect(await ends()).toEqual(['left "Customers"', 'left "Guests"']);
		});

		it('takes people who are claimed, held or away too, and what they waited to be sent is not sent (rule 20)', async () => {
			await open({ exits: { segments: [{ segment: 'Customers', change: 'entered' }] } });
			const mailbox = await Mailbox.open({ refuse: () => 451 });
			await world.track('Signed Up', [ann, bob]);
			const leg = await world.walk.start(trigger());
			await world.walk.email(world.walk.step('email', 'email'), leg.people.filter(({ stamp }) => stamp.profile === ann), mailbox.mail());
			await world.walk.settle(leg, { kind: 'waiting', untilMs: null });
			await world.track('Signed Up', [ann, bob]);
			const claimed = await world.walk.start(trigger());

			await plan(ann, 'pro');
			await plan(bob, 'pro');
			const routed = await world.walk.route(wait(), claimed.people);

			expect(await ends()).toEqual(Array.from({ length: 4 }, () => 'entered "Customers"'));
			expect(await world.tokens()).toEqual([]);
			expect(await world.messages()).toMatchObject([{ state: 'skipped', reason: 'left the journey' }]);
			expect(routed.flat()).toEqual([]);
			await mailbox.close();
		});

		it('does not matter to who is in the segment already; who enters the journey by what makes them one is let go at once', async () => {
			await open({ exits: { segments: [{ segment: 'Customers', change: 'entered' }] } });
			await plan(ann, 'pro');
			await world.track('Signed Up', [ann]);

			await world.engine.events.ingest([{ type: 'identify', profileId: bob, traits: { plan: 'pro' } }, { type: 'track', event: 'Signed Up', profileId: bob }], { source: 'test' });

			expect(await ends()).toEqual([null, 'entered "Customers"']);
		});

		it('lets nobody stay who starts by the same change that ends it, whichever segment comes first', async () => {
			await open({});
			await world.engine.segments.save({ name: 'Big', rule: { attribute: 'plan', operator: 'equals', value: 'pro' }, wait: true });
			await world.walk.register(trigger(), { entry: { kind: 'segment', segment: 'Customers' }, exits: { segments: [{ segment: 'Big', change: 'entered' }] } });
			await world.walk.register(world.walk.step('other', 'trigger'), { entry: { kind: 'segment', segment: 'Big' }, exits: { segments: [{ segment: 'Customers', change: 'entered' }] } });

			await plan(ann, 'pro');

			expect((await ends()).sort()).toEqual(['entered "Big"', 'entered "Customers"']);
			expect(await world.tokens()).toEqual([]);
		});

		it('also goes by a rule that was changed and by an import: who is a customer now is one', async () => {
			await open({ exits: { segments: [{ segment: 'Customers', change: 'entered' }, { segment: 'Guests', change: 'entered' }] } });
			await world.track('Signed Up', [ann, bob]);

			await world.engine.lists.add('Guests', [{ profileId: ann }], { startJourneys: false });
			await world.engine.segments.save({ name: 'Customers', rule: { attribute: 'number', operator: 'equals', value: 1 }, wait: true });

			expect(await ends()).toEqual(['entered "Guests"', 'entered "Customers"']);
		});

		it('refuses what does not exist and what would end each run as it starts, and keeps a used segment from being deleted', async () => {
			await open({ exits: { segments: [{ segment: 'Customers', change: 'entered' }] } });

			await expect(world.walk.register(trigger(), { entry: SIGNED_UP, exits: { segments: [{ segment: 'Nobody', change: 'entered' }] } })).rejects.toThrow('There is no segment or list "Nobody"');
			await expect(world.walk.register(trigger(), { entry: { kind: 'segment', segment: 'Customers' }, exits: { segments: [{ segment: 'Customers', change: 'entered' }] } })).rejects.toThrow('leave this journey at the moment they start');
			await expect(world.engine.segments.delete('Customers')).rejects.toThrow('is used by the journey "Welcome"');
			await world.walk.register(trigger(), { entry: SIGNED_UP });
			await world.engine.segments.delete('Customers');
		});
	});

	describe('consent', () => {
		it('ends it with the very "no" to the channel or to the topic, and not with others', async () => {
			await open({ exits: { consent: [{ channel: 'email' }, { channel: 'sms', topic: 'News' }] } });
			await world.track('Signed Up', [ann, bob]);
			await says(ann, 'unsubscribed', 'other');
			await says(ann, 'subscribed');
			await says(bob, 'unsubscribed', 'offers', 'sms');
			const before = await ends();

			await says(ann, 'unsubscribed');
			await says(bob, 'unsubscribed', 'news', 'sms');

			expect(before).toEqual([null, null]);
			expect(await ends()).toEqual(['no consent to email', 'no consent to sms, topic news']);
			expect(await world.tokens()).toEqual([]);
		});

		it('takes a "no" to the whole channel for one to each topic, and a yes that is forgotten for none', async () => {
			await open({ exits: { consent: [{ channel: 'email', topic: 'news' }, { channel: 'whatsapp' }] } });
			await says(bob, 'subscribed', '', 'whatsapp');
			await world.track('Signed Up', [ann, bob]);

			await says(ann, 'unsubscribed');
			await says(bob, 'none', '', 'whatsapp');

			expect(await ends()).toEqual(['no consent to email, topic news', 'no consent to whatsapp']);
		});

		it('goes by what was said last where somebody says several things at once', async () => {
			await open({ exits: { consent: [{ channel: 'email' }] } });
			await world.track('Signed Up', [ann]);

			await world.engine.consent.set([{ profile: ann, channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }, { profile: ann, channel: 'email', topic: '', state: 'subscribed', source: 'page' }]);

			expect(await ends()).toEqual([null]);
		});

		it('ends it when a merge brings the "no" of the other half, and stays out when the merge is taken back', async () => {
			await open({ exits: { consent: [{ channel: 'email' }] } });
			await world.change(`delete from identity where profile = ${bob} and kind = 'user_id'`);
			await world.track('Signed Up', [ann]);
			await says(bob, 'unsubscribed');

			await world.engine.profiles.merge({ profileId: ann }, { profileId: bob });
			const merged = await world.enrollments();
			await world.engine.profiles.unmerge({ profileId: ann });

			expect(merged).toMatchObject([{ profile: ann, state: 'exited', end_reason: 'no consent to email' }]);
			expect(await world.enrollments()).toMatchObject([{ state: 'exited' }]);
		});

		it('is stored with its effect or not at all', async () => {
			let failing = false;
			await open({ exits: { consent: [{ channel: 'email' }] } }, { atPoint: (point) => {
				if (failing && point === 'set-consent:before-commit') throw new Error('the process dies here');
			} });
			await world.track('Signed Up', [ann]);
			failing = true;
			await expect(says(ann, 'unsubscribed')).rejects.toThrow();
			const afterDeath = [await ends(), await world.rows('select state from consent')];
			failing = false;
			await says(ann, 'unsubscribed');

			expect(afterDeath).toEqual([[null], []]);
			expect(await ends()).toEqual(['no consent to email']);
		});
	});

	describe('a time limit', () => {
		it('ends it to the second after the entry, wherever people stand, and not before', async () => {
			await open({ exits: { afterMs: 3 * DAY_MS } });
			await world.track('Signed Up', [ann]);
			world.clock.advance(HOUR_MS);
			await world.track('Signed Up', [bob]);
			await parkAt(30 * DAY_MS);
			world.clock.advance(3 * DAY_MS - HOUR_MS - 1);
			await world.engine.tick();
			const before = await ends();

			world.clock.advance(1);
			await world.engine.tick();
			const first = await ends();
			world.clock.advance(HOUR_MS);
			await world.engine.tick();

			expect(before).toEqual([null, null]);
			expect(first).toEqual(['time limit', null]);
			expect(await ends()).toEqual(['time limit', 'time limit']);
			expect(await world.tokens()).toEqual([]);
			expect((await world.engine.journeys.status())[0]?.exited).toEqual({ 'time limit': 2 });
		});

		it('goes by the virtual clock of test people', async () => {
			await open({ exits: { afterMs: 2 * DAY_MS }, virtualDaySeconds: 60 }, { test: true });
			await world.track('Signed Up', [ann]);
			await parkAt(30 * DAY_MS);

			world.clock.advance(2 * MINUTE_MS - 1);
			await world.engine.tick();
			const before = await ends();
			world.clock.advance(1);
			await world.engine.tick();

			expect([before, await ends()]).toEqual([[null], ['time limit']]);
		});

		it('ends many in slices, each once, however many processes do it at once', async () => {
			await open({ exits: { afterMs: DAY_MS } });
			const people = await world.people(1_200);
			await world.track('Signed Up', people.slice(0, 600));
			await world.track('Signed Up', people.slice(600));
			world.clock.advance(DAY_MS);
			const { engine } = await world.another();

			const counts = await Promise.all([world.engine.journeys.endOverdue(20), engine.journeys.endOverdue(20)]);
			await world.engine.journeys.endOverdue(20);

			expect(counts[0] + counts[1]).toBe(1_200);
			expect(new Set(await ends())).toEqual(new Set(['time limit']));
		});

		it('is all or nothing for each slice: a process that dies leaves it to the next', async () => {
			let failing = true;
			await open({ exits: { afterMs: DAY_MS } }, { atPoint: (point) => {
				if (failing && point === 'time-limit:before-commit') throw new Error('the process dies here');
			} });
			await world.track('Signed Up', [ann, bob]);
			world.clock.advance(DAY_MS);

			await expect(world.engine.journeys.endOverdue(1)).rejects.toThrow();
			const afterDeath = await ends();
			failing = false;

			expect([afterDeath, await world.engine.journeys.endOverdue(1), await ends()]).toEqual([[null, null], 2, ['time limit', 'time limit']]);
		});

		it('that is changed, set or taken away also holds for those who are inside', async () => {
			await open({});
			await world.track('Signed Up', [ann]);
			world.clock.advance(2 * DAY_MS);
			await world.walk.register(trigger(), { entry: SIGNED_UP, exits: { afterMs: 3 * DAY_MS } });
			await world.engine.tick();
			await world.track('Signed Up', [bob]);
			await world.walk.register(trigger(), { entry: SIGNED_UP, exits: { afterMs: 5 * DAY_MS } });
			await world.engine.tick();
			world.clock.advance(2 * DAY_MS);
			await world.engine.tick();
			const longer = await ends();
			world.clock.advance(DAY_MS);
			await world.engine.tick();
			await world.walk.register(trigger(), { entry: SIGNED_UP });
			await world.engine.tick();
			world.clock.advance(90 * DAY_MS);
			await world.engine.tick();

			expect(longer).toEqual([null, null]);
			expect(await ends()).toEqual(['time limit', null]);
			expect(await world.rows('select journey from limit_change')).toEqual([]);
		});

		it('is found by an index: nothing reads the enrollments', async () => {
			await open({ exits: { afterMs: DAY_MS } });
			if (kind === 'postgres') return;
			const plans = await world.rows<{ detail: string }>(`explain query plan select id, profile from enrollment where state = 'active' and expires_at <= 5 order by expires_at limit 500`);

			expect(plans.map(({ detail }) => detail)).toEqual(['SEARCH enrollment USING INDEX enrollment_expiry (expires_at<?)']);
		});
	});

	it('by segment and consent are found by the person and the journey: nothing reads the enrollments', async () => {
		await open({});
		if (kind === 'postgres') return;
		const plan = async (text: string) => (await world.rows<{ detail: string }>(`explain query plan select e.id from ${text}`)).map(({ detail }) => detail).filter((detail) => /^(SEARCH|SCAN) [ex] /.test(`${detail} `));

		expect(await plan(`journey_exit x cross join json_each('[1]') m cross join enrollment e where x.kind = 'segment' and x.name = 'a' and x.detail = 'left' and e.profile = m.value and e.journey = x.journey and e.state = 'active'`))
			.toEqual([expect.stringContaining('SEARCH x USING'), BY_PERSON]);
		expect(await plan(`json_each('[1]') c cross join journey_exit x cross join enrollment e where x.kind = 'consent' and x.name = 'email' and e.profile = c.value and e.journey = x.journey and e.state = 'active'`))
			.toEqual([expect.stringContaining('SEARCH x USING'), BY_PERSON]);
	});

	it('and goals may be told by several processes that publish the journey at the same moment', async () => {
		const config: Partial<JourneyConfig> & Pick<JourneyConfig, 'entry'> = {
			entry: SIGNED_UP, exits: { segments: [{ segment: 'Customers', change: 'left' }], consent: [{ channel: 'email' }], afterMs: DAY_MS },
			goals: [{ name: 'One', match: { event: 'A' }, withinMs: DAY_MS }, { name: 'Two', match: { event: 'B' }, withinMs: DAY_MS }],
		};
		await open({});
		const others = await Promise.all([world.another(), world.another(), world.another()]);

		for (let n = 0; n < 5; n += 1) await Promise.all([world, ...others].map(({ walk }) => walk.register(walk.step(`trigger${n}`, 'trigger'), { ...config, exits: { ...config.exits, afterMs: DAY_MS + n } })));

		expect(await world.rows('select count(*) as n from journey_goal')).toEqual([{ n: 10 }]);
		expect(await world.rows('select count(*) as n from journey_exit')).toEqual([{ n: 10 }]);
	});

	it('and a park, a claim or the end of an execution in another process, at the same moment, leave nobody behind (rules 3, 20)', async () => {
		await open({ exits: { consent: [{ channel: 'email' }], afterMs: DAY_MS } });
		const other = await world.another();
		const people = await world.people(60);
		await world.track('Signed Up', people);
		const leg = await world.walk.start(trigger(), { limit: 40 });
		const noes = [...people];

		await Promise.all([
			...leg.people.slice(0, 20).map((person) => world.walk.park(wait(), [person], DAY_MS)),
			world.walk.settle(leg),
			world.walk.claim(trigger()),
			...noes.map((profile) => other.engine.consent.set([{ profile, channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }])),
		]);

		expect(await world.tokens()).toEqual([]);
		expect((await world.enrollments()).every(({ open_tokens, state }) => open_tokens === 0 && state !== 'active')).toBe(true);
		expect(new Set(await ends())).toContain('no consent to email');
	});

	it('and somebody who stands in the middle of a leg meet: the rest of the leg does nothing for them (rule 7)', async () => {
		await open({ exits: { afterMs: DAY_MS } });
		await world.track('Signed Up', [ann]);
		const leg = await world.walk.start(trigger(), { leaseMs: 2 * DAY_MS });
		world.clock.advance(DAY_MS);
		await world.engine.tick();

		const parked = await world.walk.park(wait(), leg.people, HOUR_MS);
		const settled = await world.walk.settle(leg);

		expect([parked, settled]).toEqual([[], { settled: 0, released: 0, held: 0, away: 0 }]);
		expect(await world.enrollments()).toMatchObject([{ state: 'exited', end_reason: 'time limit' }]);
	});

	it('leaves no trace of an erased person', async () => {
		await open({ exits: { afterMs: DAY_MS }, goals: [{ name: 'Bought', match: { event: 'Order' }, withinMs: DAY_MS }] });
		await world.track('Signed Up', [ann]);
		await world.track('Order', [ann]);

		await world.engine.privacy.erasePerson({ profileId: ann }, { source: 'test' });
		world.clock.advance(2 * DAY_MS);
		await world.engine.tick();

		expect(await world.rows('select profile, state, goals_until from enrollment')).toEqual([{ profile: 0, state: 'erased', goals_until: null }]);
		expect(await world.rows('select profile, event, name from goal')).toEqual([{ profile: 0, event: null, name: 'Bought' }]);
	});
});
