import { DATABASES } from '../databases';
import type { Person } from '../journeys/walk';
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

	it('goes through every kind of wait by the journey’s own time: weekdays, the best time, a date, an event that does not come, one that does, and a join', async () => {
		const [ada = 0] = test;
		await world.engine.profiles.upsert([{ profileId: ada, attributes: { timezone: 'UTC', renewal: '2026-03-20' } }], { source: 'test' });
		await start([ada]);
		const began = world.clock.nowMs();
		const on = (name: string, type: string) => world.walk.step(name, type);
		const steps = [on('trigger', 'trigger'), on('weekday', 'wait'), on('best', 'wait'), on('date', 'wait'), on('silence', 'waitForEvent'), on('answer', 'waitForEvent'), on('meet', 'join')];
		const parks: Array<(people: Person[]) => Promise<unknown>> = [
			(people) => world.walk.wait(steps[1] ?? trigger(), people, { until: { kind: 'time', at: '10:00', weekdays: [3] } }),
			(people) => world.walk.wait(steps[2] ?? trigger(), people, { until: { kind: 'best', at: '18:00' } }),
			(people) => world.walk.wait(steps[3] ?? trigger(), people, { until: { kind: 'attribute', attribute: 'renewal', at: '09:00' } }),
			(people) => world.walk.park(steps[4] ?? trigger(), people, 2 * 86_400_000, { event: 'Never' }),
			(people) => world.walk.park(steps[5] ?? trigger(), people, 20 * 86_400_000, { event: 'Clicked' }),
			(people) => world.walk.join(steps[6] ?? trigger(), people, 'one', { timeoutMs: 8 * 86_400_000 }),
		];
		for (const [n, step] of steps.entries()) {
			for (let waited = 0; waited < 60; waited += 1) {
				const leg = await world.walk.start(step);
				if (leg.people.length > 0) {
					const outputs = step.type === 'waitForEvent' || step.type === 'join' ? await world.walk.resume(step, leg.people) : await world.walk.route(step, leg.people);
					await parks[n]?.(outputs.flat());
					await world.walk.settle(leg);
					break;
				}
				world.clock.advance(SECOND_MS);
				if (step.step === 'answer' && waited === 1) await world.track('Clicked', [ada]);
			}
		}

		const { entries } = await world.engine.insights.timeline({ workflow: 'wf', people: [ada] });

		// The clock of this test goes second by second, half a day of the journey; the waits end within it.
		expect(entries.map(({ kind: what, step, day, journeyTime, text }) => `${what} ${step ?? ''} ${day} ${journeyTime.slice(0, 10)} ${text}`)).toEqual([
			'entered  1 2026-03-02 entered by the event "Signed Up"', 'passed The weekday 3 2026-03-04 waited', 'passed The best 4 2026-03-05 waited', 'passed The date 19 2026-03-20 waited',
			'passed The silence 21 2026-03-22 timed out', 'passed The answer 22 2026-03-23 the event came',
			// Nobody else of this run can come, so it ends at once: not in eight days.
			'passed The meet 22 2026-03-23 a path arrived', 'passed The meet 22 2026-03-23 timed out', 'ended The meet 22 2026-03-23 came to the end',
		]);
		expect(world.clock.nowMs() - began).toBeLessThanOrEqual(60 * SECOND_MS);
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
