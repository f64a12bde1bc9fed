import { DATABASES } from '../databases';
import type { Leg, Person, StartOptions } from './walk';
import { HOUR_MS, World } from './world';

describe.each(DATABASES)('steps on the canvas on %s', (kind) => {
	let world: World;
	let profiles: number[];
	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		profiles = await world.people(3);
		await world.track('Signed Up', profiles);
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = (name: string, type = 'filter') => world.walk.step(name, type);
	const wait = (name = 'wait') => world.walk.step(name, 'wait');

	/** The process died: its lease runs out and the step's pump claims again. */
	async function replay(at = trigger(), options: StartOptions = {}): Promise<Leg> {
		world.clock.advance(90_000);
		return await world.walk.start(at, options);
	}

	it('parks once, however often the same place of the same way is parked (rule 1)', async () => {
		const leg = await world.walk.start(trigger());
		const first = await world.walk.park(wait(), leg.people, HOUR_MS);
		world.clock.advance(1000);

		const second = await world.walk.park(wait(), leg.people, HOUR_MS);

		expect([first.length, second.length]).toEqual([3, 3]);
		expect((await world.tokens()).filter((token) => token.step === 'wait')).toHaveLength(3);
		expect(await world.enrollments()).toMatchObject([{ open_tokens: 2 }, { open_tokens: 2 }, { open_tokens: 2 }]);
	});

	it('a child is live at once, before its parent\'s execution has ended (rule 1)', async () => {
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait(), leg.people, 0);

		const child = await world.walk.start(wait());
		await world.walk.settle(child);
		const whileParentRuns = await world.enrollments();
		await world.walk.settle(leg);

		expect(child.people).toHaveLength(3);
		expect(whileParentRuns[0]).toMatchObject({ state: 'active', open_tokens: 1 });
		expect((await world.enrollments())[0]).toMatchObject({ state: 'completed', open_tokens: 0, end_reason: 'completed' });
	});

	it('a fan-out forks into two tokens, and the enrollment ends with the last of them (rule 2)', async () => {
		const leg = await world.walk.start(trigger());
		const [people = []] = await world.walk.route(trigger(), leg.people);
		await world.walk.park(wait('short'), people, HOUR_MS);
		await world.walk.park(wait('long'), people, 2 * HOUR_MS);
		await world.walk.settle(leg);
		const forked = await world.enrollments();

		world.clock.advance(HOUR_MS);
		await world.walk.settle(await world.walk.start(wait('short')));
		const one = await world.enrollments();
		world.clock.advance(HOUR_MS);
		const last = await world.walk.start(wait('long'));
		await world.walk.route(wait('long'), last.people);
		await world.walk.settle(last);

		expect([forked[0], one[0], (await world.enrollments())[0]]).toMatchObject([
			{ state: 'active', open_tokens: 2 }, { state: 'active', open_tokens: 1 }, { state: 'completed', open_tokens: 0, end_step: 'long' },
		]);
	});

	it('two processes that settle the two legs of a fan-out at once complete the enrollment (rule 2)', async () => {
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait('a'), leg.people, 0);
		await world.walk.park(wait('b'), leg.people, 0);
		await world.walk.settle(leg);
		const other = await world.another();
		const [a, b] = [await world.walk.start(wait('a')), await other.walk.start(wait('b'))];

		await Promise.all([world.walk.settle(a), other.walk.settle(b)]);

		expect((await world.enrollments()).map(({ state, open_tokens }) => [state, open_tokens])).toEqual([['completed', 0], ['completed', 0], ['completed', 0]]);
	});

	it('replays the routing choice of the first time though the live answer has changed (rules 12, 13)', async () => {
		const rule = { rule: { attribute: 'plan', operator: 'equals', value: 'pro' } } as const;
		const leg = await world.walk.start(trigger());
		const [, before] = await world.walk.filter(step('filter'), leg.people, rule);
		await world.engine.profiles.upsert(profiles.map((profileId) => ({ profileId, attributes: { plan: 'pro' } })), { source: 'test' });

		const again = await replay();
		const [inside, outside] = await world.walk.filter(step('filter'), again.people, rule);

		expect(again.people).toHaveLength(3);
		expect(inside).toEqual([]);
		expect(outside.map(({ stamp }) => stamp.trail)).toEqual(before.map(({ stamp }) => stamp.trail));
		expect((await world.engine.journeys.status())[0]?.steps.find((one) => one.step === 'filter')?.passed).toEqual({ 1: 3 });
	});

	it('holds as diverged who would have a new effect by another way than the first time (rule 12)', async () => {
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait('left'), leg.people, HOUR_MS);

		const again = await replay(trigger(), { steps: ['left', 'right'] });
		const parked = await world.walk.park(wait('right'), again.people, HOUR_MS);

		expect(parked).toEqual([]);
		expect((await world.tokens()).filter((token) => token.step === 'trigger')).toMatchObject(profiles.map(() => ({ state: 'held', reason: expect.stringMatching(/^diverged/) as string })));
		expect((await world.tokens()).filter((token) => token.step === 'right')).toEqual([]);
	});

	it('lets a replay take another way when the step of the first time has been deleted from the canvas (rule 12)', async () => {
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait('left'), leg.people, HOUR_MS);

		const again = await replay(trigger(), { steps: ['right'] });

		expect(await world.walk.park(wait('right'), again.people, HOUR_MS)).toHaveLength(3);
	});

	it('lets a replay go on with new effects once it has come by everything of the first time (rule 12)', async () => {
		const leg = await world.walk.start(trigger());
		const [, firstWay] = await world.walk.filter(step('filter'), leg.people, { rule: { any: [] } });
		expect(firstWay).toHaveLength(3);

		const again = await replay(trigger(), { steps: ['filter', 'wait'] });
		const [, outside] = await world.walk.filter(step('filter'), again.people, { rule: { any: [] } });

		expect(await world.walk.park(wait(), outside, HOUR_MS)).toHaveLength(3);
	});

	it('a loop on the canvas makes new visits, until more than 100 of them hold the person (rule 13)', async () => {
		const leg = await world.walk.start(trigger(), { limit: 1 });
		let people: Person[] = leg.people;
		let rounds = 0;
		while (people.length > 0 && rounds < 150) {
			people = (await world.walk.route(step('loop'), people))[0] ?? [];
			rounds += people.length;
		}

		expect(rounds).toBe(100);
		expect((await world.tokens()).filter((token) => token.state === 'held')).toMatchObject([{ reason: expect.stringMatching(/more than 100 times/) as string }]);
	});

	it('takes several items of one person in one call for one visit (rules 1, 13)', async () => {
		const leg = await world.walk.start(trigger(), { limit: 1 });
		const twice = [...leg.people, ...leg.people];

		const [passed = []] = await world.walk.route(step('branch'), twice);
		await world.walk.goal(step('goal', 'goal'), passed, { name: 'Ordered', value: '10.00', currency: 'EUR' });
		await world.walk.park(wait(), passed, HOUR_MS);

		const status = (await world.engine.journeys.status())[0];
		expect(status?.goals).toMatchObject([{ name: 'Ordered', count: 1, currency: 'EUR' }]);
		expect(status?.steps.find((one) => one.step === 'branch')?.passed).toEqual({ 0: 1 });
		expect((await world.tokens()).filter((token) => token.step === 'wait')).toHaveLength(1);
	});

	it('counts a goal once, however often the leg is replayed (rule 10)', async () => {
		const leg = await world.walk.start(trigger());
		await world.walk.goal(step('goal', 'goal'), leg.people, { name: 'Ordered', value: '49.90', currency: 'EUR' });

		const again = await replay();
		const passed = await world.walk.goal(step('goal', 'goal'), again.people, { name: 'Ordered', value: '49.90', currency: 'EUR' });

		expect(passed).toHaveLength(3);
		expect((await world.engine.journeys.status())[0]?.goals).toEqual([{ name: 'Ordered', count: 3, value: expect.stringMatching(/^149\.70*$/) as string, currency: 'EUR' }]);
	});

	it.each([['an amount in words', { name: 'Ordered', value: '5 euro' }], ['a currency that is none', { name: 'Ordered', currency: 'euro' }], ['no name', { name: ' ' }]])('refuses a goal with %s and says so', async (_what, goal) => {
		const leg = await world.walk.start(trigger());

		await expect(world.walk.goal(step('goal', 'goal'), leg.people, goal)).rejects.toMatchObject({ code: 'BAD_INPUT' });
	});

	it('exit ends the enrollment at once in all its legs, with the reason and the step (rule 20)', async () => {
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait('elsewhere'), leg.people, HOUR_MS);

		await world.walk.exit(step('exit', 'exit'), leg.people, 'Not a fit');
		const settled = await world.walk.settle(leg);

		expect(await world.enrollments()).toMatchObject(profiles.map(() => ({ state: 'exited', open_tokens: 0, end_reason: 'Not a fit', end_step: 'exit' })));
		expect(await world.tokens()).toEqual([]);
		expect(settled.settled).toBe(0);
		expect((await world.engine.journeys.status())[0]?.exited).toEqual({ 'Not a fit': 3 });
	});

	it('refuses to begin, park, route or end people in another workflow than theirs, and changes nothing (rule 22)', async () => {
		const { nonce, people } = await world.walk.claim(trigger());
		const sub = { ...wait(), workflow: 'sub-workflow' };
		const items = people.map(({ stamp }, index) => ({ index, stamp, output: 0, reason: 'x', name: 'x' }));
		const { journeys, messages } = world.engine;
		const mail = { purpose: 'transactional', topic: '', from: { address: 'a@shop.example' }, content: { subject: 's', body: { kind: 'text', source: 't' } }, provider: { kind: 'smtp', host: '127.0.0.1', port: 1, secure: false, requireTls: false }, trackOpens: false, trackClicks: false } as const;

		await expect(journeys.begin({ nonce, workflow: 'sub-workflow', steps: [], foreignEffects: false })).rejects.toMatchObject({ code: 'WRONG_WORKFLOW' });
		await world.walk.begin(nonce, people);
		for (const call of [
			() => journeys.park({ step: sub, items, delayMs: 0 }), () => journeys.route(sub, items), () => journeys.goal(sub, items), () => journeys.exit(sub, items),
			() => messages.sendEmail({ ...mail, step: sub, items: items.map(({ index, stamp }) => ({ index, stamp, item: {} })) }),
		]) await expect(call()).rejects.toMatchObject({ code: 'WRONG_WORKFLOW' });

		expect(await world.tokens()).toMatchObject(profiles.map((profile) => ({ profile, step: 'trigger', state: 'claimed' })));
		expect([await world.messages(), await world.rows('select step from memo')]).toEqual([[], []]);
	});

	it('refuses a wait of a negative or unreadable duration', async () => {
		const leg = await world.walk.start(trigger());

		await expect(world.walk.park(wait(), leg.people, -1)).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await expect(world.walk.park(wait(), leg.people, NaN)).rejects.toMatchObject({ code: 'BAD_INPUT' });
	});
});
