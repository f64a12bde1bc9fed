import type { TrackingMessage } from '../../../engine/events';
import { DATABASES } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import type { Leg, Person } from '../journeys/walk';
import { HOUR_MS, MINUTE_MS, World } from '../journeys/world';
import { brokenInvariants } from './merge-invariants';
import { ANONYMOUS, SIGN_IN, USER } from './sign-in';

describe.each(DATABASES)('journeys of two profiles that are one person on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(async () => {
		expect(await world.engine.store.read((reader) => brokenInvariants(reader))).toEqual({});
		expect(await protocolViolations(world.engine.store, [], { entryEvent: 'Started', atRest: false })).toEqual({});
		await world.close();
	});

	const ingest = (...messages: TrackingMessage[]) => world.engine.events.ingest(messages, { source: 's' });
	const track = (whose: Partial<TrackingMessage>, event: string, more: Partial<TrackingMessage> = {}) => ingest({ type: 'track', event, ...whose, ...more });
	const ann = async () => {
		const view = await world.engine.profiles.get({ kind: 'user_id', value: 'ann' });
		if (view === null) throw new Error('nobody');
		return view;
	};
	const trigger = (step = 'trigger') => world.walk.step(step, 'trigger');
	const wait = () => world.walk.step('wait', 'waitForEvent');

	/** Claims at the trigger and waits for the event. */
	async function parkFor(event: string, step = trigger()): Promise<Person[]> {
		const leg = await world.walk.start(step);
		const parked = await world.walk.park(wait(), leg.people, 100 * HOUR_MS, { event });
		if (leg.people.length > 0) await world.walk.settle(leg);
		return parked;
	}

	it('ends the younger of two enrollments that the journey would not have allowed one person, and keeps both where it would (rule 19)', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } }, reEntry: 'afterLeaving' });
		await world.walk.register(trigger('orders'), { entry: { kind: 'event', match: { event: 'Ordered' } }, reEntry: 'anyTime' });
		await track(ANONYMOUS, 'Started');
		await track(ANONYMOUS, 'Ordered');
		world.clock.advance(MINUTE_MS);
		await track(USER, 'Started');
		await track(USER, 'Ordered');

		await ingest(SIGN_IN);

		const { id } = await ann();
		expect(await world.enrollments()).toMatchObject([
			{ profile: id, state: 'active' }, { profile: id, state: 'active' }, { profile: id, state: 'exited', end_reason: 'merged', open_tokens: 0 }, { profile: id, state: 'active' },
		]);
		expect((await world.walk.start(trigger())).people).toHaveLength(1);
	});

	it.each([['userId', 'anonymousId'], ['anonymousId', 'userId']])('ends a run that the other half has had, where nobody enters twice: by %s first, then by %s (rule 19)', async (first, then) => {
		const whose = { userId: USER, anonymousId: ANONYMOUS };
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } }, reEntry: 'never' });
		await world.walk.register(trigger('again'), { entry: { kind: 'event', match: { event: 'Started' } }, reEntry: 'afterLeaving' });
		await track(whose[first as keyof typeof whose], 'Started');
		for (const step of [trigger(), trigger('again')]) await world.walk.settle(await world.walk.start(step));
		world.clock.advance(MINUTE_MS);
		await track(whose[then as keyof typeof whose], 'Started');
		const before = await world.enrollments();

		await ingest(SIGN_IN);

		expect(before.filter(({ state }) => state === 'active')).toHaveLength(2);
		expect((await world.enrollments()).map(({ state, end_reason }) => [state, end_reason])).toEqual([['completed', 'completed'], ['completed', 'completed'], ['exited', 'merged'], ['active', null]]);
		expect([(await world.walk.start(trigger())).people.length, (await world.walk.start(trigger('again'))).people.length]).toEqual([0, 1]);
	});

	it('starts none because a segment is left that only a guest was in, who turns out to be somebody outside of it; whoever was in it themselves has left', async () => {
		await world.engine.segments.save({ name: 'Free', rule: { attribute: 'plan', operator: 'notEquals', value: 'pro' }, wait: true });
		await world.walk.register(trigger(), { entry: { kind: 'segment', segment: 'Free', change: 'left' } });
		await world.walk.register(trigger('free'), { entry: { kind: 'segment', segment: 'Free' }, exits: { segments: [{ segment: 'Free', change: 'left' }] } });
		await ingest({ type: 'identify', userId: 'ann', traits: { plan: 'pro' } });
		await track(ANONYMOUS, 'Seen');
		world.clock.advance(MINUTE_MS);
		const [guest] = await world.enrollments();

		await ingest(SIGN_IN);
		const merged = await world.enrollments();
		await ingest({ type: 'identify', userId: 'ann', traits: { plan: 'free' } });
		world.clock.advance(MINUTE_MS);
		await ingest({ type: 'identify', userId: 'ann', traits: { plan: 'pro' } });

		expect([guest?.state, merged]).toMatchObject(['active', [{ state: 'exited', end_reason: 'left "Free"' }]]);
		expect((await world.rows<{ journey: string }>('select journey from enrollment order by id')).map(({ journey }) => journey)).toEqual(['free', 'free', 'trigger'].map((step) => world.journey(step)));
	});

	it('starts none by a level that the other half has reached already, and one that is reached by both together', async () => {
		await world.engine.scores.saveModel({
			name: 'Heat', rules: [{ name: 'seen', group: 'engagement', when: { event: 'Seen' }, points: 10, mode: 'perOccurrence', cap: { points: 20 } }, { name: 'bought', group: 'engagement', when: { event: 'Bought' }, points: 10 }],
			buckets: [{ name: 'cold' }, { name: 'warm', from: 20 }, { name: 'hot', from: 30 }], grades: [],
		});
		for (const bucket of ['warm', 'hot']) await world.walk.register(trigger(bucket), { entry: { kind: 'score', model: 'Heat', bucket }, reEntry: 'anyTime' });
		for (let n = 0; n < 2; n += 1) await track(ANONYMOUS, 'Seen');
		await track(USER, 'Bought');
		world.clock.advance(MINUTE_MS);
		const before = await world.rows<{ journey: string }>('select journey from enrollment order by id');

		await ingest(SIGN_IN);

		const started = (rows: Array<{ journey: string }>) => rows.map(({ journey }) => ['warm', 'hot'].find((step) => world.journey(step) === journey));
		expect([started(before), started(await world.rows('select journey from enrollment order by id'))]).toEqual([['warm'], ['warm', 'hot']]);
		// Cold by himself, warm by what made the guest warm.
		for (const whose of [{ anonymousId: 'other' }, { anonymousId: 'other' }, { userId: 'cid' }]) await track(whose, 'Seen');
		world.clock.advance(MINUTE_MS);
		await ingest({ type: 'identify', userId: 'cid', anonymousId: 'other' });
		expect(started(await world.rows('select journey from enrollment order by id'))).toEqual(['warm', 'hot', 'warm']);
	});

	it('re-bases where a leg looks from: what the survivor did before is not taken for what the leg awaits (rule 17)', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } } });
		await track(ANONYMOUS, 'Started');
		await track(USER, 'Seen');
		await track(USER, 'Bought');
		const entered = await world.walk.start(trigger());

		await ingest(SIGN_IN);
		await world.walk.park(wait(), entered.people, HOUR_MS, { event: 'Bought' });
		await world.walk.settle(entered);

		expect(await world.tokens()).toMatchObject([{ step: 'wait', profile: (await ann()).id, state: 'parked', outcome: null }]);
	});

	it('takes an unclaimed entry along: the wait after it still sees what came after the entry', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } } });
		for (let n = 0; n < 3; n += 1) await track(USER, 'Seen');
		await track(ANONYMOUS, 'Bought');
		await track(ANONYMOUS, 'Started');

		await ingest(SIGN_IN);
		const before = await world.rows('select watch_from from token');
		await parkFor('Bought');
		const waiting = await world.tokens();
		await track(USER, 'Bought');

		expect(before).toEqual([{ watch_from: 5 }]);
		expect(waiting).toMatchObject([{ step: 'wait', outcome: null }]);
		expect(await world.tokens()).toMatchObject([{ step: 'wait', outcome: 'event' }]);
	});

	it.each([['survivor', USER, ANONYMOUS], ['merged one', ANONYMOUS, USER]])('ends the wait of the %s by what the other half did meanwhile, not by what it did before', async (_which, waits, acts) => {
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } } });
		await track(waits, 'Started');
		world.clock.advance(MINUTE_MS);
		await track(acts, 'Early');
		await track(acts, 'Bought', { timestamp: world.clock.nowMs() - HOUR_MS });
		world.clock.advance(MINUTE_MS);
		await parkFor('Bought');
		await track({ ...waits }, 'Seen');
		world.clock.advance(MINUTE_MS);

		const other = world.walk.step('other', 'waitForEvent');
		await world.walk.register(trigger('second'), { entry: { kind: 'event', match: { event: 'Seen' } } });
		await track(waits, 'Seen');
		const second = await world.walk.start(trigger('second'));
		await world.walk.park(other, second.people, HOUR_MS, { event: 'Early' });
		await world.walk.settle(second);
		await track(acts, 'Bought');
		await ingest(SIGN_IN);

		expect((await world.tokens()).map(({ step, outcome }) => [step, outcome])).toEqual([['other', null], ['wait', 'event']]);
		expect((await world.walk.start(wait())).people).toMatchObject([{ outcome: 'event', stamp: { profile: (await ann()).id } }]);
	});

	describe.each([['survivor', USER, ANONYMOUS], ['merged one', ANONYMOUS, USER]])('a leg of the %s under way at the merge', (_which, mine, others) => {
		const next = () => world.walk.step('next', 'waitForEvent');

		/** The leg after a wait that an event or the time has ended, claimed; the other half has bought during that wait. */
		async function secondLeg(by: 'event' | 'time'): Promise<Leg> {
			await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } } });
			await track(others, 'Bought');
			world.clock.advance(MINUTE_MS);
			await track(mine, 'Started');
			await parkFor('Seen');
			world.clock.advance(HOUR_MS);
			await track(others, 'Bought');
			world.clock.advance(HOUR_MS);
			if (by === 'event') await track(mine, 'Seen');
			else world.clock.advance(100 * HOUR_MS);
			const leg = await world.walk.start(wait());
			expect(leg.people).toHaveLength(1);
			world.clock.advance(MINUTE_MS);
			return leg;
		}

		/** Parks for a purchase and says whether one was seen. */
		async function waitNext(leg: Leg): Promise<string | null | undefined> {
			await world.walk.park(next(), leg.people, 100 * HOUR_MS, { event: 'Bought' });
			await world.walk.settle(leg);
			return (await world.tokens()).find(({ step }) => step === 'next')?.outcome;
		}

		it.each(['event', 'time'] as const)('after a wait ended by %s does not take what the other half did in an earlier leg for its own', async (by) => {
			const leg = await secondLeg(by);
			await ingest(SIGN_IN);

			const before = await waitNext(leg);
			await track(USER, 'Bought');

			expect([before, (await world.tokens())[0]?.outcome]).toEqual([null, 'event']);
		});

		it.each(['event', 'time'] as const)('after a wait ended by %s sees what the other half did in this very leg', async (by) => {
			const leg = await secondLeg(by);
			await track(others, 'Bought');
			await track(mine, 'Seen');
			world.clock.advance(MINUTE_MS);
			await ingest(SIGN_IN);

			expect(await waitNext(leg)).toBe('event');
		});

		it('sees what its own half did in this leg, and after another merge too', async () => {
			const leg = await secondLeg('event');
			await track(mine, 'Bought');
			await track({ anonymousId: 'tablet' }, 'Seen');
			world.clock.advance(MINUTE_MS);
			await ingest(SIGN_IN);
			await ingest({ type: 'identify', ...USER, anonymousId: 'tablet' });

			expect(await waitNext(leg)).toBe('event');
		});

		it('that is the first looks from the entry on, at both halves', async () => {
			await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } } });
			await track(others, 'Bought');
			world.clock.advance(MINUTE_MS);
			await track(mine, 'Started');
			world.clock.advance(MINUTE_MS);
			await track(others, 'Paid');
			await ingest(SIGN_IN);
			const leg = await world.walk.start(trigger());

			await world.walk.park(next(), leg.people, 100 * HOUR_MS, { event: 'Bought' });
			await world.walk.park(wait(), leg.people, 100 * HOUR_MS, { event: 'Paid' });
			await world.walk.settle(leg);

			expect((await world.tokens()).map(({ step, outcome }) => [step, outcome])).toEqual([['next', null], ['wait', 'event']]);
		});

		it('begins, when the other half has ended the wait before, at what ended it', async () => {
			await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } } });
			await track(mine, 'Started');
			await parkFor('Bought');
			for (const [whose, event] of [[mine, 'Paid'], [others, 'Paid'], [others, 'Bought']] as const) {
				world.clock.advance(MINUTE_MS);
				await track(whose, event);
			}
			world.clock.advance(MINUTE_MS);
			await track(mine, 'Rated');
			await ingest(SIGN_IN);
			const leg = await world.walk.start(wait());

			await world.walk.park(next(), leg.people, 100 * HOUR_MS, { event: 'Paid' });
			await world.walk.park(world.walk.step('rated', 'waitForEvent'), leg.people, 100 * HOUR_MS, { event: 'Rated' });
			await world.walk.settle(leg);

			expect((await world.tokens()).map(({ step, outcome }) => [step, outcome])).toEqual([['next', null], ['rated', 'event']]);
		});

		it('goes on from its own events alone when the merge is taken back', async () => {
			const leg = await secondLeg('event');
			await track(others, 'Bought');
			world.clock.advance(MINUTE_MS);
			await ingest(SIGN_IN);
			await world.engine.profiles.unmerge({ kind: 'user_id', value: 'ann' });

			const before = await waitNext(leg);
			await track(others, 'Bought');
			const between = (await world.tokens())[0]?.outcome;
			await track(mine, 'Bought');

			expect([before, between, (await world.tokens())[0]?.outcome]).toEqual([null, null, 'event']);
			expect(await world.rows('select enrollment from merged_events')).toEqual([]);
		});

		it('leaves nothing behind when its journey is over', async () => {
			const leg = await secondLeg('event');
			await ingest(SIGN_IN);
			await world.engine.journeys.tidy();
			const during = await world.rows('select enrollment from merged_events');

			await world.walk.settle(leg);
			await world.engine.journeys.tidy();

			expect([during.length, await world.rows('select enrollment from merged_events')]).toEqual([1, []]);
		});

		it('ends by what the other half did meanwhile, where that is what people leave by', async () => {
			await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } }, exitOn: { event: 'Bought' } });
			await world.walk.register(trigger('late'), { entry: { kind: 'event', match: { event: 'Browsed' } }, exitOn: { event: 'Bought' } });
			await track(mine, 'Started');
			await parkFor('Seen');
			world.clock.advance(MINUTE_MS);
			await track(others, 'Bought');
			world.clock.advance(MINUTE_MS);
			await track(mine, 'Browsed');

			await ingest(SIGN_IN);

			expect(await world.enrollments()).toMatchObject([{ state: 'exited', end_reason: 'Bought', open_tokens: 0 }, { state: 'active' }]);
		});

		it('does not end by what the other half did before, by arrival or by its own time, nor by what was recorded by hand', async () => {
			await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } }, exitOn: { event: 'Bought' } });
			await track(others, 'Bought');
			world.clock.advance(MINUTE_MS);
			await track(mine, 'Started');
			world.clock.advance(MINUTE_MS);
			await track(others, 'Bought', { timestamp: world.clock.nowMs() - HOUR_MS });
			await world.engine.events.ingest([{ type: 'track', event: 'Bought', ...others }], { source: 's', inert: true });

			await ingest(SIGN_IN);

			expect(await world.enrollments()).toMatchObject([{ state: 'active' }]);
		});
	});

	it('ends no wait by what was recorded by hand in the editor', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } } });
		await track(USER, 'Started');
		await parkFor('Bought');
		world.clock.advance(MINUTE_MS);
		await world.engine.events.ingest([{ type: 'track', event: 'Bought', ...ANONYMOUS }], { source: 's', inert: true });

		await ingest(SIGN_IN);

		expect(await world.tokens()).toMatchObject([{ step: 'wait', outcome: null }]);
	});
});
