import { DATABASES } from '../databases';
import { World } from '../journeys/world';

const SECOND_MS = 1000;

describe.each(DATABASES)('a test of a published journey on %s', (kind) => {
	let world: World;
	let test: number[];
	let real: number;

	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up', filters: [{ path: 'plan', operator: 'equals', value: 'pro' }] } }, reEntry: 'afterLeaving', virtualDaySeconds: 2 });
		test = (await world.engine.profiles.upsert(['a', 'b'].map((name) => ({ identities: [{ kind: 'email', value: `${name}@test.example` }] })), { source: 'test', test: true })).profiles.map(Number);
		[real = 0] = await world.people(1);
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const wait = () => world.walk.step('wait', 'wait');
	const start = (people = test, properties = { plan: 'pro' }) => world.engine.insights.startTest({ workflow: 'wf', people: people.map((profileId) => ({ profileId })), properties });

	it('lets test people do what starts it, and says who entered and who did not, why', async () => {
		expect(await start()).toEqual({
			journey: 'Welcome', daySeconds: 2, realTime: false, startedBy: 'event',
			people: test.map((profile) => ({ profile, entered: true, enrollment: expect.any(Number) as number, reason: null })),
		});
		world.clock.advance(1);
		expect((await start()).people).toMatchObject(test.map(() => ({ entered: false, reason: 'is in this journey already' })));
		world.clock.advance(1);
		expect((await start(test, { plan: 'free' })).people[0]).toMatchObject({ entered: false, reason: expect.stringContaining('conditions of the Journey Trigger do not hold') as string });
	});

	it('refuses real people and journeys that nobody serves; then nobody is started', async () => {
		await expect(start([...test, real])).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('is no test person') as string });
		await expect(world.engine.insights.startTest({ workflow: 'elsewhere', people: [{ profileId: test[0] ?? 0 }] })).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await world.upFor(20);
		await expect(start()).rejects.toMatchObject({ message: expect.stringContaining('not published') as string });
		expect(await world.enrollments()).toEqual([]);
	});

	it('tells what happened by the journey’s own time: thirty days in sixty seconds', async () => {
		await start(test.slice(0, 1));
		const began = world.clock.nowMs();
		const first = await world.walk.start(trigger());
		const [inside = []] = await world.walk.route(trigger(), first.people);
		await world.walk.park(wait(), inside, 30 * 86_400_000);
		await world.walk.settle(first);
		world.clock.advance(60 * SECOND_MS);
		const second = await world.walk.start(wait());
		const [out = []] = await world.walk.route(wait(), second.people);
		await world.walk.goal(world.walk.step('goal', 'goal'), out, { name: 'Stayed', value: '5.00', currency: 'EUR' });
		await world.walk.settle(second);

		const { entries, daySeconds, people } = await world.engine.insights.timeline({ workflow: 'wf' });

		expect(daySeconds).toBe(2);
		expect(people).toEqual([{ profile: test[0], state: 'completed', endReason: 'completed' }]);
		expect(entries.map(({ kind: what, step, text, day }) => [what, step, text, day])).toEqual([
			['entered', null, 'entered by the event "Signed Up"', 1],
			['passed', 'The wait', 'waited', 31],
			['passed', 'The goal', 'goal reached', 31],
			['goal', null, 'goal "Stayed" 5.00 EUR', 31],
			['ended', 'The goal', 'came to the end', 31],
		]);
		expect(entries.at(-1)).toMatchObject({ at: new Date(began + 60_000).toISOString(), journeyTime: new Date(began + 30 * 86_400_000).toISOString() });
	});

	it('shows where somebody stands, and nobody but test people', async () => {
		await start();
		await world.track('Signed Up', [real], { properties: { plan: 'pro' } });

		const all = await world.engine.insights.timeline({ workflow: 'wf' });
		const one = await world.engine.insights.timeline({ workflow: 'wf', people: [test[1] ?? 0, real] });

		expect(new Set(all.entries.map(({ profile }) => profile))).toEqual(new Set(test));
		expect(one.entries.map(({ kind: what, step, text }) => [what, step, text])).toEqual([['entered', null, 'entered by the event "Signed Up"'], ['stands', 'The trigger', 'due']]);
	});
});
