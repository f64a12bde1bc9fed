import { eventsKeeper, type TrackingMessage } from '../../../engine/events';
import { journeysKeeper } from '../../../engine/journeys';
import { messagesKeeper } from '../../../engine/messages';
import { profilesKeeper, resolveProfiles, type PersonKeeper } from '../../../engine/profiles';
import type { Tx } from '../../../engine/store';
import { DATABASES } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import type { Leg, Person } from '../journeys/walk';
import { HOUR_MS, MINUTE_MS, World } from '../journeys/world';
import { Mailbox } from '../messages/mailbox';
import { brokenInvariants } from './merge-invariants';

const ANONYMOUS = { anonymousId: 'browser' };
const USER = { userId: 'ann' };
/** The sign-in: the browser is Ann's. */
const SIGN_IN: TrackingMessage = { type: 'identify', ...USER, ...ANONYMOUS };

describe.each(DATABASES)('one person of two profiles on %s', (kind) => {
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

	it('keeps who has the user id, with all identities, events behind its own, and what it did not know', async () => {
		const first = await ingest({ type: 'identify', ...ANONYMOUS, traits: { plan: 'free', city: 'Bern' } }, { type: 'track', event: 'Seen', ...ANONYMOUS, messageId: 'm1', timestamp: '2026-03-02T08:00:00Z' });
		world.clock.advance(HOUR_MS);
		await ingest({ type: 'identify', ...USER, traits: { plan: 'pro' } }, { type: 'track', event: 'Bought', ...USER });

		const report = await ingest(SIGN_IN, { type: 'track', event: 'Seen', ...ANONYMOUS, messageId: 'm1' }, { type: 'track', event: 'Left', ...ANONYMOUS });

		const view = await ann();
		expect(report).toMatchObject({ accepted: 2, duplicates: 1, profiles: [view.id, view.id, view.id] });
		expect(view).toMatchObject({ attributes: { plan: 'pro', city: 'Bern' }, mergedIds: [first.profiles[0]], createdAt: '2026-03-02T09:00:00.000Z' });
		expect(view.identities).toEqual([{ kind: 'anonymous_id', value: 'browser' }, { kind: 'user_id', value: 'ann' }]);
		expect(await world.rows('select event_no, name, occurred_at from event order by event_no')).toEqual([
			{ event_no: 1, name: 'Bought', occurred_at: Date.parse('2026-03-02T10:00:00Z') }, { event_no: 2, name: 'Seen', occurred_at: Date.parse('2026-03-02T08:00:00Z') },
			{ event_no: 3, name: 'Left', occurred_at: Date.parse('2026-03-02T10:00:00Z') },
		]);
		expect(await world.engine.profiles.count()).toBe(1);
	});

	it('keeps the older of two without a user id', async () => {
		await track({ identities: [{ kind: 'email', value: 'a@x.org' }] }, 'One');
		await track(ANONYMOUS, 'Two');

		const report = await track({ ...ANONYMOUS, identities: [{ kind: 'email', value: 'a@x.org' }] }, 'Three');

		expect(report.profiles).toEqual([1]);
		expect((await world.engine.profiles.get({ profileId: 2 }))?.id).toBe(1);
	});

	it('never makes one person of two user ids, and says what it left where', async () => {
		await ingest({ type: 'identify', ...USER, traits: { email: 'family@x.org' } }, { type: 'identify', userId: 'bob', anonymousId: 'tablet' });

		const report = await ingest({ type: 'identify', userId: 'bob', traits: { email: 'family@x.org' } }, { type: 'track', event: 'Seen', ...USER, anonymousId: 'tablet' }, { type: 'alias', userId: 'ann', previousId: 'bob' });

		expect(report.profiles).toEqual([2, 1, 1]);
		expect(report.left?.map(({ index, kind: what }) => [index, what])).toEqual([[0, 'email'], [1, 'anonymous_id'], [2, 'anonymous_id']]);
		expect(await world.engine.profiles.count()).toBe(2);
	});

	it('joins by an alias: the anonymous id of before is the user\'s', async () => {
		await track(ANONYMOUS, 'Seen');

		const report = await ingest({ type: 'alias', userId: 'ann', previousId: 'browser', messageId: 'a1' }, { type: 'alias', userId: 'ann', previousId: 'browser', messageId: 'a1' });

		expect(report).toMatchObject({ accepted: 1, duplicates: 1, profiles: [1, 1] });
		expect((await ann()).events).toMatchObject([{ name: 'Seen' }]);
	});

	it('does not merge past a limit: the weaker identity stays where it is, and the message is taken', async () => {
		await world.engine.settings.set({ identityLimits: { email: 2 }, blockedIdentities: { anonymous_id: ['shared-kiosk'] } });
		const email = (n: number) => ({ kind: 'email', value: `e${n}@x.org` });
		await ingest({ type: 'identify', ...USER, identities: [email(1), email(2)] }, { type: 'identify', ...ANONYMOUS, identities: [email(3)] });

		const report = await ingest({ ...SIGN_IN, identities: [email(4)] }, { type: 'track', event: 'Seen', ...USER, anonymousId: 'shared-kiosk' });

		expect(report).toMatchObject({ accepted: 2, profiles: [1, 1] });
		expect(report.left).toEqual([
			{ index: 0, kind: 'anonymous_id', reason: expect.stringContaining('one person may have') as string },
			{ index: 0, kind: 'email', reason: expect.stringContaining('one person may have 2') as string },
		]);
		expect((await world.engine.profiles.get({ kind: 'anonymous_id', value: 'browser' }))?.id).toBe(2);
		expect(await world.engine.profiles.get({ kind: 'anonymous_id', value: 'shared-kiosk' })).toBeNull();
	});

	it('neither leaves nor enters a segment that one of them was in, and so starts no journey again', async () => {
		await world.engine.segments.save({ name: 'Buyers', rule: { event: 'Bought' } });
		await world.walk.register(trigger('buyers'), { entry: { kind: 'segment', segment: 'Buyers' } });
		await track(ANONYMOUS, 'Bought');
		await track(USER, 'Seen');
		const before = await world.enrollments();

		const report = await ingest(SIGN_IN);

		expect(before).toHaveLength(1);
		expect(report.entered).toBe(0);
		expect((await world.enrollments()).map(({ profile, state }) => [profile, state])).toEqual([[(await ann()).id, 'active']]);
		expect((await ann()).segments).toEqual(['Buyers']);
		expect(await world.rows("select change from segment_change where why <> 'rebuild'")).toEqual([{ change: 'entered' }]);
	});

	it('enters a segment that only both together qualify for, and starts its journey', async () => {
		await world.engine.segments.save({ name: 'Twice', rule: { event: 'Bought', count: { operator: 'atLeast', value: 2 } } });
		await world.walk.register(trigger('twice'), { entry: { kind: 'segment', segment: 'Twice' } });
		await track(ANONYMOUS, 'Bought');
		await track(USER, 'Bought');

		const report = await ingest(SIGN_IN);

		expect(report.entered).toBe(1);
		expect((await ann()).segments).toEqual(['Twice']);
	});

	it('keeps the stricter consent', async () => {
		await track(ANONYMOUS, 'Seen');
		await track(USER, 'Seen');
		await world.engine.consent.set([{ profile: 1, channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }, { profile: 2, channel: 'email', topic: '', state: 'subscribed', source: 'page' }]);

		await ingest(SIGN_IN);

		expect((await ann()).consents).toMatchObject([{ channel: 'email', topic: '', state: 'unsubscribed' }]);
	});

	it('ends the younger of two enrollments that the journey would not have allowed one person, and keeps both where it would', async () => {
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

	it('re-bases where a leg looks from: what the survivor did before is not taken for what the leg awaits', async () => {
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

	it('goes on with items and links that carry the id of before', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } } });
		await world.engine.segments.save({ name: 'Pros', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
		const { profiles: [before] } = await track(ANONYMOUS, 'Started');
		await ingest({ type: 'identify', ...USER, traits: { plan: 'pro' } });
		const leg = await world.walk.start(trigger());

		await ingest(SIGN_IN);
		const [inside] = await world.walk.filter(world.walk.step('filter', 'filter'), leg.people, { name: 'Pros' });
		const reached = await world.walk.goal(world.walk.step('goal', 'goal'), inside, { name: 'won' });
		await world.walk.park(wait(), reached, HOUR_MS);
		await world.walk.settle(leg);
		const report = await track({ profileId: Number(before) }, 'Seen');

		const { id } = await ann();
		expect(leg.people[0]?.stamp.profile).toBe(before);
		expect(report.profiles).toEqual([id]);
		expect(await world.rows('select profile from goal')).toEqual([{ profile: id }]);
		expect(await world.tokens()).toMatchObject([{ profile: id, step: 'wait' }]);
	});

	it('finds the person whose mail is on its way, be it accepted or deferred', async () => {
		let refuse = false;
		const mailbox = await Mailbox.open({
			refuse: async () => {
				await ingest(SIGN_IN);
				return refuse ? 451 : undefined;
			},
		});
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } } });
		await ingest({ type: 'identify', ...ANONYMOUS, traits: { email: 'ann@x.org' } });
		await track(USER, 'Seen');
		await track(ANONYMOUS, 'Started');
		const leg = await world.walk.start(trigger());
		refuse = true;

		const { results } = await world.walk.email(world.walk.step('email', 'email'), leg.people, mailbox.mail());
		await world.walk.settle(leg);
		refuse = false;
		world.clock.advance(10 * MINUTE_MS);
		const again = await world.walk.start(world.walk.step('email', 'email'));
		const { sent } = await world.walk.email(world.walk.step('email', 'email'), again.people, mailbox.mail());
		await mailbox.close();

		const { id } = await ann();
		expect(results).toMatchObject([{ outcome: 'parked' }]);
		expect(again.people).toMatchObject([{ stamp: { profile: id } }]);
		expect(sent).toHaveLength(1);
		expect(await world.messages()).toMatchObject([{ profile: id, state: 'sent', attempts: 2 }]);
	});

	it('takes the same number of statements for one merge as for a hundred, and none more where nobody is merged', async () => {
		const keepers = [eventsKeeper, journeysKeeper, messagesKeeper, profilesKeeper];
		const merges = async (count: number, prefix: string): Promise<{ statements: number; merged: number }> => {
			const all = Array.from({ length: count }, (_none, n) => `${prefix}${n}`);
			await ingest(...all.flatMap((one): TrackingMessage[] => [{ type: 'track', event: 'Seen', anonymousId: one }, { type: 'track', event: 'Seen', userId: one }]));
			return await counted(world, all.map((one) => ({ identities: [{ kind: 'user_id', value: one }, { kind: 'anonymous_id', value: one }] })), { keepers });
		};

		const [one, many] = [await merges(1, 'a'), await merges(100, 'b')];
		const again = Array.from({ length: 100 }, (_none, n) => ({ identities: [{ kind: 'user_id', value: `b${n}` }, { kind: 'anonymous_id', value: `b${n}` }] }));

		expect([one.merged, many.merged]).toEqual([1, 100]);
		expect(many.statements).toBe(one.statements);
		expect(await counted(world, again, { keepers })).toEqual(await counted(world, again));
		// Two kinds of identity to look up, and the lock where there is one.
		expect((await counted(world, again, { keepers })).statements).toBe(kind === 'sqlite' ? 2 : 3);
	});

	it('loses nothing when two processes attach, track and merge the same people at once', async () => {
		const other = await world.another();
		const engines = [world.engine, other.engine];
		const rounds = kind === 'sqlite' ? 10 : 25;
		for (let round = 0; round < rounds; round += 1) {
			const whose = { anonymous: { anonymousId: `a${round}` }, user: { userId: `u${round}` } };
			await Promise.all([whose.anonymous, whose.user].map((one, n) => engines[n]?.events.ingest([{ type: 'track', event: 'Seen', ...one }], { source: 's' })));
			const calls: TrackingMessage[][] = [
				[{ type: 'identify', ...whose.user, ...whose.anonymous }], [{ type: 'track', event: 'Seen', ...whose.anonymous, identities: [{ kind: 'email', value: `e${round}@x.org` }] }],
				[{ type: 'track', event: 'Seen', ...whose.user }, { type: 'track', event: 'Seen', ...whose.anonymous }], [{ type: 'alias', ...whose.user, previousId: `a${round}` }],
				[{ type: 'track', event: 'Seen', ...whose.user, identities: [{ kind: 'email', value: `e${round}@x.org` }] }],
			];
			await Promise.all(calls.map((batch, n) => engines[n % 2]?.events.ingest(batch, { source: 's' })));
		}

		expect(await world.rows('select count(*) as n from event')).toEqual([{ n: rounds * 6 }]);
		expect(await world.engine.profiles.count()).toBe(rounds);
	}, 120_000);
});

/** Runs one batch under keepers whose statements do not depend on their number; answers with how many statements it took. */
async function counted(world: World, sets: ReadonlyArray<{ identities: Array<{ kind: string; value: string }> }>, merging?: { keepers: PersonKeeper[] }): Promise<{ statements: number; merged: number }> {
	let statements = 0;
	return await world.engine.store.tx('counted', async (tx) => {
		const count = <Query, Answer>(run: (query: Query) => Answer) => (query: Query): Answer => {
			statements += 1;
			return run(query);
		};
		const counting = { ...tx, all: count(tx.all), first: count(tx.first), run: count(tx.run) } as Tx;
		const { merged } = await resolveProfiles(counting, sets, { create: true, test: false, source: 's', ...(merging === undefined ? {} : { merging }) });
		return { statements, merged: merged.size };
	});
}
