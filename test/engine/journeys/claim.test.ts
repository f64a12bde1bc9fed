import { DATABASES } from '../databases';
import { HOUR_MS, MINUTE_MS, World } from './world';

describe.each(DATABASES)('leases on %s', (kind) => {
	let world: World;
	let profiles: number[];
	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		profiles = await world.people(5);
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');

	it('claims each person once: what is claimed is nobody else\'s until the lease runs out (rule 4)', async () => {
		await world.track('Signed Up', profiles);
		const other = await world.another();

		const [first, second] = await Promise.all([world.walk.claim(trigger(), { limit: 3 }), other.walk.claim(trigger(), { limit: 3 })]);
		const third = await world.walk.claim(trigger(), { limit: 3 });

		const claimed = [...first.people, ...second.people, ...third.people].map(({ stamp }) => stamp.profile);
		expect([first.people.length <= 3, second.people.length <= 3, third.people.length <= 3]).toEqual([true, true, true]);
		expect(claimed.sort()).toEqual([...profiles].sort());
		expect(first.nonce).not.toBe(second.nonce);
	});

	it('claims again what a dead process left, in a new epoch and under a new nonce (rule 4)', async () => {
		await world.track('Signed Up', profiles);
		const dead = await world.walk.claim(trigger(), { leaseMs: 30_000 });

		const tooEarly = await world.walk.claim(trigger());
		world.clock.advance(30_001);
		const again = await world.walk.claim(trigger());

		expect(tooEarly.people).toEqual([]);
		expect(again.people.map(({ stamp }) => [stamp.profile, stamp.epoch]).sort()).toEqual(profiles.map((profile) => [profile, 2]));
		expect(again.people.every(({ stamp }) => stamp.nonce === again.nonce && again.nonce !== dead.nonce)).toBe(true);
	});

	it('fixes since_no and a time-out\'s outcome at the first claim only (rule 4)', async () => {
		const [ann] = profiles as [number];
		await world.track('Signed Up', [ann]);
		const leg = await world.walk.start(trigger());
		await world.walk.park(world.walk.step('wait', 'waitForEvent'), leg.people, HOUR_MS, { event: 'Clicked' });
		await world.walk.settle(leg);
		world.clock.advance(HOUR_MS);
		const first = await world.walk.claim(world.walk.step('wait', 'waitForEvent'));
		const sinceAtFirst = (await world.tokens())[0]?.since_no;

		await world.track('Clicked', [ann]);
		world.clock.advance(MINUTE_MS);
		const second = await world.walk.claim(world.walk.step('wait', 'waitForEvent'));

		expect([first.people[0]?.outcome, second.people[0]?.outcome]).toEqual(['timeout', 'timeout']);
		expect((await world.tokens())[0]?.since_no).toBe(sinceAtFirst);
	});

	it('begin gives back only who is still held by this emission, and counts the others (rule 6)', async () => {
		await world.track('Signed Up', profiles);
		const late = await world.walk.claim(trigger());
		world.clock.advance(30_001);
		const taken = await world.walk.claim(trigger(), { limit: 2 });

		const leg = await world.walk.begin(late.nonce, late.people);

		expect(taken.people).toHaveLength(2);
		expect(leg.dropped).toBe(2);
		expect(leg.people.map(({ stamp }) => stamp.token).sort()).toEqual(
			late.people.map(({ stamp }) => stamp.token).filter((token) => !taken.people.some((person) => person.stamp.token === token)).sort());
		expect(await world.rows(`select dropped from lease where nonce = '${late.nonce}'`)).toEqual([{ dropped: 2 }]);
	});

	it('begin knows nothing of a nonce that was settled or never was (rule 6)', async () => {
		await world.track('Signed Up', profiles);
		const leg = await world.walk.start(trigger());
		await world.walk.settle(leg);

		const replayed = await world.walk.begin(leg.nonce, leg.people);
		const forged = await world.walk.begin('forged', leg.people);

		expect([replayed.people, forged.people]).toEqual([[], []]);
	});

	it('keeps a slow worker\'s calls while nobody has claimed again, though its lease ran out (rule 7)', async () => {
		await world.track('Signed Up', profiles);
		const leg = await world.walk.start(trigger());

		world.clock.advance(10 * MINUTE_MS);
		const passed = await world.walk.route(trigger(), leg.people);
		const settled = await world.walk.settle(leg);

		expect(passed[0]).toHaveLength(5);
		expect(settled).toEqual({ settled: 5, released: 0, held: 0, away: 0 });
	});

	it('keeps what the pump renews, and what a step of its execution called for (rule 8)', async () => {
		await world.track('Signed Up', profiles);
		const leg = await world.walk.start(trigger(), { leaseMs: 30_000 });

		world.clock.advance(20_000);
		await world.engine.journeys.renew(leg.nonce, 30_000);
		world.clock.advance(20_000);
		const whileRenewed = await world.walk.claim(trigger());
		await world.walk.route(trigger(), leg.people);
		world.clock.advance(50_000);
		const afterCall = await world.walk.claim(trigger());
		world.clock.advance(30_000);
		const afterAll = await world.walk.claim(trigger());

		expect([whileRenewed.people.length, afterCall.people.length, afterAll.people.length]).toEqual([0, 0, 5]);
	});

	it('a renewal by a process whose people were claimed again takes nothing back (rule 8)', async () => {
		await world.track('Signed Up', profiles);
		const stale = await world.walk.start(trigger());
		world.clock.advance(30_001);
		await world.walk.start(trigger(), { leaseMs: 30_000 });

		await world.engine.journeys.renew(stale.nonce, HOUR_MS);
		world.clock.advance(30_001);

		expect((await world.walk.claim(trigger())).people).toHaveLength(5);
	});

	it('takes a batch that keeps killing its process apart, and holds who still does so (rule 10)', async () => {
		await world.track('Signed Up', profiles);
		const sizes: number[] = [];
		for (let crash = 0; crash < 60 && (await world.tokens()).some((token) => token.state !== 'held'); crash += 1) {
			sizes.push((await world.walk.claim(trigger())).people.length);
			world.clock.advance(30_001);
		}

		expect(sizes.slice(0, 5)).toEqual([5, 5, 5, 5, 1]);
		expect((await world.tokens()).map((token) => token.state)).toEqual(['held', 'held', 'held', 'held', 'held']);
		expect((await world.tokens())[0]?.reason).toMatch(/n8n stopped each time/);
		expect(await world.engine.journeys.retryHeld({ workflow: 'wf' })).toEqual({ retried: 5 });
		expect((await world.walk.claim(trigger())).people).toHaveLength(1);
	});

	it('tells the pump when the next person is due', async () => {
		await world.track('Signed Up', profiles.slice(0, 1));
		const wait = world.walk.step('wait', 'wait');
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait, leg.people, HOUR_MS);

		expect(await world.walk.claim(wait)).toMatchObject({ people: [], nextDueMs: world.clock.nowMs() + HOUR_MS });
	});

	it('shows people as stranded, and loses nobody, when no pump beats at their step while n8n is up (rule 21)', async () => {
		await world.track('Signed Up', profiles);
		const wait = world.walk.step('wait', 'wait');
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait, leg.people, HOUR_MS);
		await world.walk.settle(leg);
		await world.engine.journeys.beat(wait);
		const stranded = async () => (await world.engine.journeys.status())[0]?.steps.find(({ step }) => step === 'wait')?.stranded;

		world.clock.advance(6 * MINUTE_MS);
		const whileDown = await stranded();
		await world.upFor(7);
		const whileUp = await stranded();
		await world.engine.journeys.beat(wait);

		expect([whileDown, whileUp, await stranded()]).toEqual([0, 5, 0]);
	});
});
