import { DATABASES } from '../databases';
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from './world';

const SIGNED_UP = { kind: 'event', match: { event: 'Signed Up' } } as const;

describe.each(DATABASES)('entering and leaving a journey on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');

	it('enters in the event\'s own transaction: event and enrollment are stored together or not at all (rule 19)', async () => {
		await world.close();
		world = await World.open(kind, { atPoint: (point) => {
			if (point === 'ingest:before-commit' && failing) throw new Error('the process dies here');
		} });
		let failing = false;
		await world.walk.register(trigger(), { entry: SIGNED_UP });
		const [ann] = await world.people(1);

		failing = true;
		await expect(world.track('Signed Up', [Number(ann)], { messageId: 'm1' })).rejects.toThrow();
		const afterDeath = { events: await world.rows('select 1 as one from event'), enrollments: await world.enrollments() };
		failing = false;
		const entered = await world.track('Signed Up', [Number(ann)], { messageId: 'm1' });

		expect(afterDeath).toEqual({ events: [], enrollments: [] });
		expect(entered).toBe(1);
		expect(await world.tokens()).toMatchObject([{ profile: ann, step: 'trigger', state: 'parked' }]);
	});

	it('lets nobody in twice when re-entry is never, and records the refusal (rule 19)', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP, reEntry: 'never' });
		const [ann] = await world.people(1);
		await world.track('Signed Up', [Number(ann)]);
		await world.walk.settle(await world.walk.start(trigger()));

		const again = await world.track('Signed Up', [Number(ann)]);

		expect(again).toBe(0);
		expect(await world.enrollments()).toMatchObject([{ state: 'completed' }]);
		expect(await world.rows('select profile, reason from refusal')).toEqual([{ profile: ann, reason: 'has been in this journey before' }]);
	});

	it('lets people in again only after they have left when re-entry is after leaving (rule 19)', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP, reEntry: 'afterLeaving' });
		const [ann] = await world.people(1);
		await world.track('Signed Up', [Number(ann)]);

		const whileInside = await world.track('Signed Up', [Number(ann)]);
		await world.walk.settle(await world.walk.start(trigger()));
		const afterLeaving = await world.track('Signed Up', [Number(ann)]);

		expect([whileInside, afterLeaving]).toEqual([0, 1]);
		expect(await world.enrollments()).toMatchObject([{ state: 'completed' }, { state: 'active' }]);
		expect(await world.rows('select reason from refusal')).toEqual([{ reason: 'is in this journey already' }]);
	});

	it('lets two events of one batch in once when re-entry is never, and twice when it is any time (rule 19)', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP, reEntry: 'never' });
		await world.walk.register(world.walk.step('other', 'trigger'), { entry: SIGNED_UP, reEntry: 'anyTime' });
		const [ann] = await world.people(1);

		const entered = await world.track('Signed Up', [Number(ann), Number(ann)]);

		expect(entered).toBe(3);
		expect(await world.rows('select j.step, count(*) as times from enrollment e join journey j on j.id = e.journey group by j.step order by j.step')).toEqual([{ step: 'other', times: 2 }, { step: 'trigger', times: 1 }]);
	});

	it('starts nothing by an event that is imported or does not match the trigger\'s filters (rule 19)', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Order', filters: [{ path: 'total', operator: 'greater', value: 50 }] } } });
		const [ann] = await world.people(1);

		const small = await world.track('Order', [Number(ann)], { properties: { total: 10 } });
		const imported = await world.engine.events.ingest([{ type: 'track', event: 'Order', profileId: Number(ann), properties: { total: 90 } }], { source: 'import', historical: true });
		const large = await world.track('Order', [Number(ann)], { properties: { total: 90 } });

		expect([small, imported.entered, large]).toEqual([0, 0, 1]);
	});

	it('enters people who become members of a segment, in the same transaction (rule 19)', async () => {
		await world.engine.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
		await world.walk.register(trigger(), { entry: { kind: 'segment', segment: 'Pro' }, reEntry: 'never' });
		const [ann, ben] = await world.people(2);

		await world.engine.profiles.upsert([{ profileId: Number(ann), attributes: { plan: 'pro' } }], { source: 'test' });
		await world.engine.profiles.upsert([{ profileId: Number(ann), attributes: { plan: 'free' } }, { profileId: Number(ben), attributes: { plan: 'free' } }], { source: 'test' });
		await world.engine.profiles.upsert([{ profileId: Number(ann), attributes: { plan: 'pro' } }], { source: 'test' });

		expect(await world.tokens()).toMatchObject([{ profile: ann, step: 'trigger', state: 'parked' }]);
		expect(await world.rows('select profile, reason from refusal')).toEqual([{ profile: ann, reason: 'has been in this journey before' }]);
	});

	it('refuses, with a record, to enter a journey that is unpublished while n8n is up, and enters it while n8n is down (rule 21)', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP });
		const [ann, ben] = await world.people(2);

		world.clock.advance(DAY_MS);
		const whileDown = await world.track('Signed Up', [Number(ann)]);
		await world.upFor(7);
		const unpublished = await world.track('Signed Up', [Number(ben)]);
		await world.engine.journeys.beat(trigger());
		const publishedAgain = await world.track('Signed Up', [Number(ben)]);

		expect([whileDown, unpublished, publishedAgain]).toEqual([1, 0, 1]);
		expect(await world.rows('select profile, reason from refusal')).toEqual([{ profile: ben, reason: 'the journey is not published' }]);
	});

	it('ends parked and claimed people at once by the exit event, and fences what still runs (rule 20)', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP, exitOn: { event: 'Ordered' } });
		const wait = world.walk.step('wait', 'wait');
		const [ann, ben, eve] = await world.people(3);
		await world.track('Signed Up', [Number(ann)]);
		const first = await world.walk.start(trigger());
		await world.walk.park(wait, first.people, HOUR_MS);
		await world.walk.settle(first);
		await world.track('Signed Up', [Number(ben), Number(eve)]);
		const leg = await world.walk.start(trigger());

		await world.track('Ordered', [Number(ann), Number(ben)]);
		const passed = (await world.walk.route(world.walk.step('branch', 'filter'), leg.people))[0] ?? [];
		const parked = await world.walk.park(wait, leg.people, HOUR_MS);

		expect(await world.enrollments()).toMatchObject([
			{ profile: ann, state: 'exited', open_tokens: 0, end_reason: 'Ordered' },
			{ profile: ben, state: 'exited', open_tokens: 0, end_reason: 'Ordered' },
			{ profile: eve, state: 'active', open_tokens: 2 },
		]);
		expect(passed.map(({ stamp }) => stamp.profile)).toEqual([eve]);
		expect(parked.map(({ stamp }) => stamp.profile)).toEqual([eve]);
		expect((await world.tokens()).map(({ profile }) => profile)).toEqual([eve, eve]);
	});

	it('does not leave by an exit event of before the entry, nor by another run\'s engagement (rule 17)', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP, exitOn: { event: 'Email Link Clicked' } });
		const [ann] = await world.people(1);
		await world.track('Signed Up', [Number(ann)]);

		await world.engine.events.ingest([{ type: 'track', event: 'Email Link Clicked', profileId: Number(ann), timestamp: world.clock.nowMs() - HOUR_MS }], { source: 'test', own: true });
		await world.track('Email Link Clicked', [Number(ann)], { enrollment: 9_999 });
		const before = await world.enrollments();
		await world.track('Email Link Clicked', [Number(ann)]);

		expect(before).toMatchObject([{ state: 'active' }]);
		expect(await world.enrollments()).toMatchObject([{ state: 'exited' }]);
	});

	it('enters and leaves in their order when both events come in one batch', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP, exitOn: { event: 'Ordered' } });
		const [ann, ben] = await world.people(2);

		await world.engine.events.ingest([
			{ type: 'track', event: 'Signed Up', profileId: Number(ann) }, { type: 'track', event: 'Ordered', profileId: Number(ann) },
			{ type: 'track', event: 'Ordered', profileId: Number(ben) }, { type: 'track', event: 'Signed Up', profileId: Number(ben) },
		], { source: 'test' });

		expect(await world.enrollments()).toMatchObject([{ profile: ann, state: 'exited' }, { profile: ben, state: 'active' }]);
	});

	it('runs test people, and nobody else, on the virtual clock', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP, virtualDaySeconds: 60 });
		const [ann] = await world.people(1);
		const tested = await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'test@customer.example' }] }], { source: 'test', test: true });
		await world.track('Signed Up', [Number(ann), Number(tested.profiles[0])]);
		const leg = await world.walk.start(trigger());

		await world.walk.park(world.walk.step('wait', 'wait'), leg.people, 2 * DAY_MS);

		const waiting = (await world.tokens()).filter((token) => token.step === 'wait');
		expect(waiting.map((token) => token.due_at - world.clock.nowMs())).toEqual([2 * DAY_MS, 2 * MINUTE_MS]);
	});

	it('carries ids and the chosen fields with the item, not the whole person', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP, fields: ['first_name', 'city'], carryEvent: true });
		const [ann] = await world.people(1, { attributes: { first_name: 'Ann', secret: 'x' } });
		await world.track('Signed Up', [Number(ann)], { properties: { from: 'shop' } });

		const { people } = await world.walk.start(trigger());

		expect(people[0]?.json).toEqual({ profileId: ann, first_name: 'Ann', city: null, event: { name: 'Signed Up', properties: { from: 'shop' } } });
	});
});
