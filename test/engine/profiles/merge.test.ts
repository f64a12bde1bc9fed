import { eventsKeeper, type TrackingMessage } from '../../../engine/events';
import { journeysKeeper } from '../../../engine/journeys';
import { messagesKeeper } from '../../../engine/messages';
import { profilesKeeper, resolveProfiles, type PersonKeeper } from '../../../engine/profiles';
import type { Tx } from '../../../engine/store';
import { DATABASES } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import { HOUR_MS, MINUTE_MS, World } from '../journeys/world';
import { Mailbox } from '../messages/mailbox';
import { brokenInvariants } from './merge-invariants';
import { ANONYMOUS, SIGN_IN, USER } from './sign-in';

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
