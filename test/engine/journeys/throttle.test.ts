import { DATABASES } from '../databases';
import { closeSignUps, openSignUps } from './sign-ups';
import type { Walk } from './walk';
import { DAY_MS, HOUR_MS, MINUTE_MS, type World } from './world';

const SECOND_MS = 1_000;

describe.each(DATABASES)('Journey Throttle on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await openSignUps(kind);
	});
	afterEach(() => closeSignUps(world));

	const trigger = () => world.walk.step('trigger', 'trigger');
	const slow = () => world.walk.step('slow', 'throttle');
	const perMinute = (people: number) => ({ people, perMs: MINUTE_MS });

	/** Seats everybody who is due at the trigger. */
	async function seat(people: number, walk: Walk = world.walk): Promise<number[]> {
		const leg = await walk.start(trigger());
		// Who came by one event each at the same moment are in no order: here it is that of their numbers.
		const queue = [...leg.people].sort((a, b) => Number(a.json.number) - Number(b.json.number));
		const results = await walk.throttle(slow(), queue, perMinute(people));
		await walk.settle(leg);
		return results.map(({ dueAtMs }) => Number(dueAtMs) - world.clock.nowMs());
	}

	/** Moves the clock on by these steps; who left, and when, counted from now. */
	async function leave(steps: number, stepMs = SECOND_MS, limit = 500): Promise<Array<{ number: number; atMs: number }>> {
		const fromMs = world.clock.nowMs();
		const left: Array<{ number: number; atMs: number }> = [];
		for (let n = 0; n <= steps; n += 1) {
			for (;;) {
				const leg = await world.walk.start(slow(), { limit });
				if (leg.people.length === 0) break;
				await world.walk.settle(leg);
				left.push(...leg.people.map(({ json }) => ({ number: Number(json.number), atMs: world.clock.nowMs() - fromMs })));
			}
			if (n < steps) world.clock.advance(stepMs);
		}
		return left;
	}

	function fullest(left: ReadonlyArray<{ atMs: number }>, perMs: number): number {
		return Math.max(...left.map(({ atMs }) => left.filter((other) => other.atMs >= atMs && other.atMs < atMs + perMs).length));
	}

	it('lets so many go on a minute, evenly, in the order in which they came', async () => {
		await world.track('Signed Up', await world.people(25));
		expect(await seat(10)).toEqual(Array.from({ length: 25 }, (_, n) => n * 6_000));

		const left = await leave(150);

		expect(left.map(({ number }) => number)).toEqual(Array.from({ length: 25 }, (_, n) => n));
		expect(left.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 25 }, (_, n) => n * 6_000));
		expect(await world.enrollments()).toMatchObject(Array.from({ length: 25 }, () => ({ state: 'completed' })));
	});

	it('seats those who come later behind those who wait, and at once where nobody does', async () => {
		const people = await world.people(6);
		await world.track('Signed Up', people.slice(0, 3));
		expect(await seat(6)).toEqual([0, 10_000, 20_000]);
		world.clock.advance(5_000);
		await world.track('Signed Up', people.slice(3, 5));
		expect(await seat(6)).toEqual([25_000, 35_000]);
		world.clock.advance(HOUR_MS);
		await world.track('Signed Up', people.slice(5));

		expect(await seat(6)).toEqual([0]);
	});

	it('gives nobody a slot twice when two processes seat people at the same moment', async () => {
		const other = await world.another();
		await world.track('Signed Up', await world.people(60));
		const [one, two] = [await world.walk.start(trigger(), { limit: 30 }), await other.walk.start(trigger(), { limit: 30 })];
		const halves = (people: typeof one.people) => [people.slice(0, 15), people.slice(15)];

		await Promise.all([...halves(one.people).map((half) => world.walk.throttle(slow(), half, perMinute(30))), ...halves(two.people).map((half) => other.walk.throttle(slow(), half, perMinute(30)))]);
		await Promise.all([world.walk.settle(one), other.walk.settle(two)]);

		const due = (await world.rows<{ due_at: number }>("select due_at from token where place = (select place from step where step = 'slow') order by due_at")).map((row) => Number(row.due_at) - world.clock.nowMs());
		expect(due).toEqual(Array.from({ length: 60 }, (_, n) => n * 2_000));
	});

	it('lets no more go on than the limit after a standstill, when everybody is due at once', async () => {
		await world.track('Signed Up', await world.people(45));
		await seat(10);
		world.clock.advance(DAY_MS);

		const left = await leave(300);

		expect(fullest(left, MINUTE_MS)).toBe(10);
		expect(left.map(({ number }) => number)).toEqual(Array.from({ length: 45 }, (_, n) => n));
		expect(left.at(-1)?.atMs).toBe(4 * MINUTE_MS);
	});

	it('lets no more go on than the limit when two processes claim at the same moment after a standstill, nor when one comes up anew', async () => {
		const other = await world.another();
		await world.track('Signed Up', await world.people(40));
		await seat(10);
		world.clock.advance(DAY_MS);

		const claims = await Promise.all([world, other, world, other].map(({ walk }) => walk.claim(slow(), { limit: 6, leaseMs: HOUR_MS })));
		await other.engine.close();
		const restarted = await world.another();
		const again = await restarted.walk.claim(slow());
		world.clock.advance(MINUTE_MS);
		const later = await restarted.walk.claim(slow());

		const people = [...claims, later].flatMap((claim) => claim.people.map(({ stamp }) => stamp.profile));
		expect([claims.reduce((sum, claim) => sum + claim.people.length, 0), again.people.length, later.people.length]).toEqual([10, 0, 10]);
		expect(new Set(people).size).toBe(20);
	});

	it('tells the pump when there is room again, not that somebody is overdue', async () => {
		await world.track('Signed Up', await world.people(3));
		await seat(1);
		world.clock.advance(HOUR_MS);
		await world.walk.settle(await world.walk.start(slow()));

		const full = await world.walk.claim(slow());

		expect([full.people.length, full.nextDueMs]).toEqual([0, world.clock.nowMs() + MINUTE_MS]);
	});

	it('keeps to the limit when a process died with people on the way', async () => {
		await world.track('Signed Up', await world.people(30));
		await seat(10);
		world.clock.advance(HOUR_MS);
		const died = await world.walk.start(slow());
		expect(died.people).toHaveLength(10);
		world.clock.advance(31 * SECOND_MS);

		expect((await world.walk.start(slow())).people).toEqual([]);
		world.clock.advance(29 * SECOND_MS);
		const again = await world.walk.start(slow());

		expect(again.people.map(({ stamp }) => stamp.token).sort()).toEqual(died.people.map(({ stamp }) => stamp.token).sort());
	});

	it('gives other slots by a changed limit to those who come later; who waits keeps the slot', async () => {
		const people = await world.people(8);
		await world.track('Signed Up', people.slice(0, 4));
		await seat(60);
		await world.engine.journeys.setThrottle(slow(), perMinute(6));
		await world.track('Signed Up', people.slice(4));

		expect(await seat(6)).toEqual([13_000, 23_000, 33_000, 43_000]);
		expect((await leave(61)).map(({ atMs }) => atMs)).toEqual([0, 1_000, 2_000, 3_000, 13_000, 23_000, 60_000, 61_000]);
	});

	it('lets those who wait leave no faster than a lower limit, once it is published', async () => {
		await world.track('Signed Up', await world.people(30));
		await seat(1_000);
		await world.engine.journeys.setThrottle(slow(), perMinute(10));

		expect(fullest(await leave(200), MINUTE_MS)).toBe(10);
	});

	it('lets test people on a virtual clock pass at once, in nobody\'s place', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, fields: ['number'], virtualDaySeconds: 60 });
		const real = await world.people(3);
		await world.track('Signed Up', real);
		await seat(1);
		const { profiles } = await world.engine.profiles.upsert([1, 2, 3].map((n) => ({ identities: [{ kind: 'user_id', value: `t${n}` }], attributes: { number: 100 + n } })), { source: 'test', test: true });
		await world.track('Signed Up', profiles.map(Number));

		expect(await seat(1)).toEqual([0, 0, 0]);

		expect((await leave(2, MINUTE_MS)).filter(({ number }) => number < 100).map(({ atMs }) => atMs)).toEqual([0, MINUTE_MS, 2 * MINUTE_MS]);
		expect((await world.enrollments()).filter(({ state }) => state === 'completed')).toHaveLength(6);
	});

	it('gives a replay the slot that was given first (rules 1, 12)', async () => {
		await world.track('Signed Up', await world.people(3));
		const crashed = await world.walk.start(trigger());
		const first = await world.walk.throttle(slow(), crashed.people, perMinute(6));
		world.clock.advance(61 * SECOND_MS);

		const again = await world.walk.start(trigger());
		const order = (people: typeof again.people) => people.map(({ stamp }) => stamp.token);
		expect(await world.walk.throttle(slow(), crashed.people.map((person) => again.people.find(({ stamp }) => stamp.token === person.stamp.token) ?? person), perMinute(6))).toEqual(first);
		expect(order(again.people).sort()).toEqual(order(crashed.people).sort());
		await world.walk.settle(again);

		expect(await world.rows("select count(*) as n from token where place = (select place from step where step = 'slow')")).toEqual([{ n: 3 }]);
		expect(await world.rows('select taken from throttle')).toEqual([{ taken: 3 }]);
	});

	it('is waited at like any wait: an exit event takes people out of the queue (rule 20)', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, fields: ['number'], exitOn: { event: 'Ordered' } });
		const people = await world.people(3);
		await world.track('Signed Up', people);
		await seat(6);
		await world.track('Ordered', people.slice(1, 2));

		expect((await leave(30)).map(({ number, atMs }) => [number, atMs])).toEqual([[0, 0], [2, 20_000]]);
	});

	it('refuses a limit that is none', async () => {
		await expect(world.walk.throttle(slow(), [], { people: 0, perMs: MINUTE_MS })).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await expect(world.engine.journeys.setThrottle(slow(), { people: 1.5, perMs: MINUTE_MS })).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await expect(world.engine.journeys.setThrottle(slow(), { people: 1, perMs: 5 })).rejects.toMatchObject({ code: 'BAD_INPUT' });
	});
});
