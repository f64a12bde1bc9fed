import { DATABASES } from '../databases';
import { DAY_MS, HOUR_MS, World } from '../journeys/world';
import { ordered } from './shop';

const BOUGHT = { kind: 'event', event: 'Order Completed' } as const;

describe.each(DATABASES)('who was held out against the others on %s', (kind) => {
	let world: World;
	let people: number[];

	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Signed Up' } }, holdout: { percent: 40 }, reEntry: 'anyTime' });
		people = await world.people(200);
	});
	afterEach(() => world.close());

	const arms = async () => {
		const rows = await world.rows<{ profile: number; holdout: number }>('select profile, holdout from enrollment order by profile');
		const of = (holdout: number) => rows.filter((row) => Number(row.holdout) === holdout).map(({ profile }) => Number(profile));
		return { treated: of(0), heldOut: of(1) };
	};

	it('compares their rates, with intervals that hold at every look, and tells how many more there are by the journey', async () => {
		await world.track('Signed Up', people);
		const { treated, heldOut } = await arms();
		const entered = world.clock.nowMs();
		world.clock.advance(8 * DAY_MS);
		// Half of those written to, a tenth of the others; some too late, some before they came in.
		const buyers = [...treated.filter((_, n) => n % 2 === 0), ...heldOut.filter((_, n) => n % 10 === 0)];
		await ordered(world, buyers.map((profile) => ({ profile, at: entered + DAY_MS })));
		await ordered(world, [...treated, ...heldOut].flatMap((profile) => [{ profile, at: entered - HOUR_MS }, { profile, at: entered + 7 * DAY_MS + HOUR_MS }]));
		// By hand in the editor: nobody bought anything.
		await ordered(world, heldOut.map((profile) => ({ profile, at: entered + DAY_MS })), { inert: true });

		const { treated: written, heldOut: left, difference, incremental, maturing, journey } = await world.engine.attribution.lift({ conversion: BOUGHT, workflow: 'wf' });

		expect([journey, maturing]).toEqual(['Welcome', 0]);
		expect(heldOut.length).toBeGreaterThan(40);
		expect(written).toMatchObject({ people: treated.length, converted: Math.ceil(treated.length / 2) });
		expect(left).toMatchObject({ people: heldOut.length, converted: Math.ceil(heldOut.length / 10) });
		const lift = (written.rate ?? 0) - (left.rate ?? 0);
		expect(difference?.rate).toBeCloseTo(lift, 12);
		expect(incremental?.people).toBeCloseTo(lift * treated.length, 9);
		for (const arm of [written, left]) expect(arm.interval[0] < (arm.rate ?? 0) && (arm.rate ?? 0) < arm.interval[1]).toBe(true);
		const [low, high] = difference?.interval ?? [0, 0];
		expect(low).toBeGreaterThan(0);
		// Wider than what the two 95 % intervals alone would leave, since both have to hold.
		expect(low).toBeLessThan(written.interval[0] - left.interval[1]);
		expect(high).toBeGreaterThan(written.interval[1] - left.interval[0]);
	});

	it('counts each person by their first entry, nobody who is not in for long enough, and no test person', async () => {
		await world.track('Signed Up', people.slice(0, 100));
		await world.change(`update profile set is_test = 1 where id = ${people[0] ?? 0}`);
		world.clock.advance(4 * DAY_MS);
		await world.change("update enrollment set state = 'completed'");
		await world.track('Signed Up', people.slice(0, 150));
		await ordered(world, people.slice(0, 100).map((profile) => ({ profile, at: world.clock.nowMs() + 1 })));
		world.clock.advance(4 * DAY_MS);

		const { treated, heldOut, maturing } = await world.engine.attribution.lift({ conversion: BOUGHT, workflow: 'wf' });

		expect([treated.people + heldOut.people, treated.converted + heldOut.converted, maturing]).toEqual([99, 99, 50]);
	});

	it('without anybody held out there is no comparison; a journey that nobody knows is an error', async () => {
		await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.track('Signed Up', people);
		world.clock.advance(8 * DAY_MS);

		expect(await world.engine.attribution.lift({ conversion: BOUGHT, workflow: 'wf', journey: 'The trigger' })).toMatchObject({ heldOut: { people: 0, rate: null, interval: [0, 1] }, difference: null, incremental: null });
		await expect(world.engine.attribution.lift({ conversion: BOUGHT, workflow: 'elsewhere' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await expect(world.engine.attribution.lift({ conversion: BOUGHT, workflow: 'wf', withinDays: 0 })).rejects.toMatchObject({ code: 'BAD_INPUT' });
	});
});
