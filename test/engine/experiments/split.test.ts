import type { SplitConfig } from '../../../engine/experiments';
import type { SplitResult, ExperimentStatus } from '../../../engine/experiments/types';
import { DATABASES } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import { visits, type Leg, type Person } from '../journeys/walk';
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from '../journeys/world';

const HALVES: SplitConfig = { mode: 'percentages', unit: 'person', paths: [{ name: 'A', percent: 50 }, { name: 'B', percent: 50 }] };
const TEST: SplitConfig = { mode: 'experiment', unit: 'person', paths: [{ name: 'A' }, { name: 'B' }], metric: { kind: 'event', match: { event: 'Bought' } }, windowMs: DAY_MS };

describe.each(DATABASES)('Journey Split on %s', (kind) => {
	let world: World;
	let underWay: Leg | undefined;
	beforeEach(async () => {
		underWay = undefined;
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } } });
	});
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, [], { entryEvent: 'Started', atRest: false })).toEqual({});
		await world.close();
	});

	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('split', 'split');
	/** A claim gives people in the order of their tokens, which is none. */
	const inOrder = (leg: Leg): Leg => ({ ...leg, people: [...leg.people].sort((one, other) => one.stamp.profile - other.stamp.profile) });
	/** These people enter; whoever was under way has come to the end. */
	const start = async (people: readonly number[]): Promise<Leg> => {
		if (underWay !== undefined) await world.walk.settle(underWay);
		await world.track('Started', people);
		underWay = inOrder(await world.walk.start(trigger()));
		return underWay;
	};
	const split = async (people: readonly Person[], config = HALVES): Promise<SplitResult[]> => await world.engine.experiments.split(step(), visits(people), config);
	const names = (results: readonly SplitResult[]) => results.map(({ name }) => name);
	/** The same people again, as after a process that died. */
	const replay = async (): Promise<Leg> => {
		world.clock.advance(HOUR_MS);
		underWay = inOrder(await world.walk.start(trigger()));
		return underWay;
	};
	const status = async (): Promise<ExperimentStatus> => {
		const [one] = await world.engine.experiments.status({ workflow: 'wf', step: 'split' });
		if (one === undefined) throw new Error('no experiment');
		return one;
	};
	const paths = async (what: 'people' | 'matured' | 'conversions') => Object.fromEntries((await status()).paths.map((path) => [path.name, path[what]]));
	const assignments = () => world.rows<{ profile: number; person: number | null; path: number; round: number; outcome: number | null; matures_at: number | null; matured_at: number | null }>('select profile, person, path, round, outcome, matures_at, matured_at from assignment order by id');

	it('divides people by percentages, each always the same way, whatever batch they come in', async () => {
		const people = await world.people(400);
		const config: SplitConfig = { ...HALVES, paths: [{ name: 'A', percent: 20 }, { name: 'B', percent: 70 }, { name: 'C', percent: 10 }] };

		const all = names(await split((await start(people)).people, config));
		const again = [...names(await split((await start(people.slice(0, 100))).people, config)), ...names(await split((await start(people.slice(100))).people, config))];

		expect(again).toEqual(all);
		const counts = await paths('people');
		expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(400);
		for (const [name, part] of [['A', 80], ['B', 280], ['C', 40]] as const) expect(Math.abs((counts[name] ?? 0) - part)).toBeLessThan(4 * Math.sqrt(part));
		expect((await world.engine.journeys.status())[0]?.steps.find((one) => one.step === 'split')?.passed).toEqual(Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count * 2])));
	});

	it('draws anew for each run when that is chosen, and other people at another step', async () => {
		const people = await world.people(60);
		const config: SplitConfig = { ...HALVES, unit: 'enrollment' };

		const first = names(await split((await start(people)).people, config));
		const second = names(await split((await start(people)).people, config));
		const third = await start(people);
		const elsewhere = names(await world.engine.experiments.split(world.walk.step('another', 'split'), visits(third.people), HALVES));

		expect(first).not.toEqual(second);
		expect(elsewhere).not.toEqual(first);
		expect(await paths('people')).toEqual({ A: [...first, ...second].filter((name) => name === 'A').length, B: [...first, ...second].filter((name) => name === 'B').length });
	});

	it('gives splits of the same draw the same people', async () => {
		const people = await world.people(60);
		const config: SplitConfig = { ...HALVES, salt: 'spring' };

		const one = names(await split((await start(people)).people, config));
		const other = names(await world.engine.experiments.split(world.walk.step('another', 'split'), visits((await start(people)).people), config));

		expect(other).toEqual(one);
	});

	it('sends a replay the same way by the same trail, though the chances have changed, and counts nobody twice (rules 12, 13)', async () => {
		const people = await world.people(40);
		await world.engine.experiments.register(step(), HALVES);
		const first = await split((await start(people)).people);
		const changed: SplitConfig = { ...HALVES, paths: [{ name: 'B', percent: 95 }, { name: 'A', percent: 5 }] };
		await world.engine.experiments.register(step(), changed);

		const again = await split((await replay()).people, changed);

		const trails = (results: readonly SplitResult[]) => results.map(({ name, stamp }) => `${stamp.profile} ${name ?? ''} ${stamp.trail}`).sort();
		expect(trails(again)).toEqual(trails(first));
		expect(again.map(({ name, output }) => [name, output])).toEqual(again.map(({ name }) => [name, name === 'B' ? 0 : 1]));
		expect((await assignments()).length).toBe(40);
		expect(await paths('people')).toEqual({ A: first.filter(({ name }) => name === 'A').length, B: first.filter(({ name }) => name === 'B').length });
	});

	it('gives two runs of one person that come in one batch one path, and drops who has left', async () => {
		const [one = 0, other = 0] = await world.people(2);
		await world.track('Started', [one]);
		await world.track('Started', [one, other]);
		const leg = await world.walk.start(trigger());
		await world.change(`update enrollment set state = 'exited' where profile = ${other}`);

		const results = await split(leg.people);

		const mine = results.filter(({ stamp }) => stamp.profile === one);
		expect([mine.length, new Set(names(mine)).size, results.filter(({ alive }) => !alive).map(({ stamp }) => stamp.profile)]).toEqual([2, 1, [other]]);
		expect(await assignments()).toMatchObject([{ profile: one, person: one }]);
		await world.change(`update enrollment set state = 'active' where profile = ${other}`);
	});

	it('takes as many statements for many people as for few', async () => {
		const count = async (people: readonly number[]): Promise<number> => {
			const leg = await start(people);
			let statements = 0;
			const real = world.engine.store.tx;
			const spy = jest.spyOn(world.engine.store, 'tx').mockImplementation((name, work) => real(name, (tx) => work({
				...tx, all: async (query) => ((statements += 1), await tx.all(query)), first: async (query) => ((statements += 1), await tx.first(query)), run: async (query) => ((statements += 1), await tx.run(query)),
			})));
			await split(leg.people);
			spy.mockRestore();
			return statements;
		};
		const people = await world.people(90);
		await world.engine.experiments.register(step(), HALVES);

		expect(await count(people.slice(10))).toBe(await count(people.slice(0, 10)));
	});

	describe('when its paths change while people have one', () => {
		it('keeps people on a path that was renamed or moved, also on a replay', async () => {
			const people = await world.people(30);
			await world.engine.experiments.register(step(), HALVES);
			const before = await split((await start(people)).people);
			const renamed: SplitConfig = { ...HALVES, paths: [{ name: 'Discount', percent: 50 }, { name: 'B', percent: 50 }] };
			await world.engine.experiments.register(step(), renamed);
			await world.engine.experiments.register(step(), { ...renamed, paths: [...renamed.paths].reverse() });

			const again = await split((await replay()).people, { ...renamed, paths: [...renamed.paths].reverse() });
			const next = await split((await start(people)).people, renamed);

			const by = (results: readonly SplitResult[]) => new Map(results.map(({ stamp, name }) => [stamp.profile, name === 'Discount' ? 'A' : name]));
			expect(by(again)).toEqual(by(before));
			expect(by(next)).toEqual(by(before));
			expect((await status()).paths.map(({ name }) => name)).toEqual(['B', 'Discount']);
		});

		it('draws those of a removed path anew among the others, and leaves the rest alone', async () => {
			const people = await world.people(60);
			const three: SplitConfig = { ...HALVES, paths: [{ name: 'A', percent: 30 }, { name: 'B', percent: 40 }, { name: 'C', percent: 30 }] };
			await world.engine.experiments.register(step(), three);
			const before = await split((await start(people)).people, three);
			const two: SplitConfig = { ...HALVES, paths: [{ name: 'A', percent: 50 }, { name: 'C', percent: 50 }] };
			await world.engine.experiments.register(step(), two);

			const again = await split((await replay()).people, two);
			const next = await split((await start(people)).people, two);

			const of = (results: readonly SplitResult[], profile: number) => results.find(({ stamp }) => stamp.profile === profile);
			const kept = before.filter(({ name }) => name !== 'B');
			expect(kept.map(({ stamp, name }) => [of(again, stamp.profile)?.name, of(next, stamp.profile)?.name, name])).toEqual(kept.map(({ name }) => [name, name, name]));
			const lost = before.filter(({ name }) => name === 'B').map(({ stamp }) => stamp.profile);
			const drawn = lost.map((profile) => of(next, profile)?.name);
			expect(new Set(drawn)).toEqual(new Set(['A', 'C']));
			expect(lost.map((profile) => of(again, profile)?.name)).toEqual(drawn);
			expect(again.map(({ stamp }) => stamp.trail).sort()).toEqual(before.map(({ stamp }) => stamp.trail).sort());
		});

		it('lets an execution that began before the change end by its own outputs, without undoing the change', async () => {
			const people = await world.people(40);
			await world.engine.experiments.register(step(), TEST);
			const added: SplitConfig = { ...TEST, paths: [{ name: 'A' }, { name: 'B' }, { name: 'C' }] };
			const leg = await start(people);
			await world.engine.experiments.register(step(), added);

			const results = await split(leg.people, TEST);

			expect(new Set(results.map(({ name }) => name))).toEqual(new Set(['A', 'B']));
			expect(await status()).toMatchObject({ round: 1, paths: [{ name: 'A' }, { name: 'B' }, { name: 'C', people: 0, allocation: 1 / 3 }] });
			expect(await world.rows('select distinct chances from assignment')).toHaveLength(1);
		});
	});

	it('counts people once their window is over, converted or not, in the order of their assignment', async () => {
		const people = await world.people(40);
		await world.engine.experiments.register(step(), TEST);
		await split((await start(people.slice(0, 20))).people, TEST);
		world.clock.advance(HOUR_MS);
		await world.track('Bought', people.slice(0, 10));
		await split((await start(people.slice(20))).people, TEST);
		world.clock.advance(DAY_MS - HOUR_MS - 1);
		await world.engine.tick();
		const early = await paths('matured');

		world.clock.advance(1);
		await world.engine.tick();
		await world.track('Bought', people.slice(10, 30));
		const half = await status();
		world.clock.advance(HOUR_MS);
		await world.engine.tick();

		expect(early).toEqual({ A: 0, B: 0 });
		const sum = (one: ExperimentStatus, what: 'matured' | 'conversions' | 'people') => one.paths.reduce((total, path) => total + path[what], 0);
		expect([sum(half, 'people'), sum(half, 'matured'), sum(half, 'conversions'), half.maturing]).toEqual([40, 20, 10, 20]);
		const whole = await status();
		expect([sum(whole, 'matured'), sum(whole, 'conversions'), whole.maturing]).toEqual([40, 20, 0]);
		expect((await assignments()).map(({ outcome }) => outcome)).toEqual([...Array<number>(10).fill(1), ...Array<number>(10).fill(0), ...Array<number>(10).fill(1), ...Array<number>(10).fill(0)]);
	});

	it.each<[string, SplitConfig['metric'], (profile: number, enrollment: number) => Promise<void>]>([
		['a goal of the run', { kind: 'goal', goal: 'Order' }, async (profile, enrollment) => await world.change(`insert into goal (id, enrollment, journey, workflow, step, profile, name, reached_at) values ('g${profile}-${enrollment}', ${enrollment}, 'j', 'wf', 'goal', ${profile}, 'Order', ${world.clock.nowMs()})`)],
		['a click in a mail of the run', { kind: 'message', happened: 'clicked', step: 'mail' }, async (profile, enrollment) => await world.change(`insert into message (id, token, step, trail, item_key, enrollment, workflow, profile, channel, purpose, topic, state, reserved_at, clicked_at)
			values ('m${profile}-${enrollment}', 'm${profile}-${enrollment}', 'mail', '', '', ${enrollment}, 'wf', ${profile}, 'email', 'marketing', '', 'sent', ${world.clock.nowMs()}, ${world.clock.nowMs()})`)],
		['an event with a filter', { kind: 'event', match: { event: 'Bought', filters: [{ path: 'total', operator: 'greater', value: 10 }] } }, async (profile) => void (await world.track('Bought', [profile], { properties: { total: 12 } }))],
	])('measures %s, within the window and behind the split only', async (_what, metric, convert) => {
		const config: SplitConfig = { ...TEST, metric };
		const people = await world.people(4);
		await world.engine.experiments.register(step(), config);
		const leg = await start(people);
		const [yes, late, early, none] = leg.people.map(({ stamp }) => stamp);
		if (yes === undefined || late === undefined || early === undefined || none === undefined) throw new Error('nobody');
		await convert(early.profile, early.enrollment);
		world.clock.advance(MINUTE_MS);
		await split(leg.people, config);
		world.clock.advance(DAY_MS);
		await convert(yes.profile, yes.enrollment);
		if (metric?.kind !== 'event') await convert(none.profile, 12_345);
		world.clock.advance(1);
		await convert(late.profile, late.enrollment);
		await world.engine.tick();

		const rows = await assignments();
		expect(rows.map(({ profile, outcome }) => [profile, outcome])).toEqual([[yes.profile, 1], [late.profile, 0], [early.profile, 0], [none.profile, 0]]);
	});

	it('names a winner and sends everybody new to it; whoever has a path keeps it', async () => {
		const config: SplitConfig = { ...TEST, sendToWinner: true, minimumPeople: 40 };
		const people = await world.people(300);
		await world.engine.experiments.register(step(), config);
		const first = await split((await start(people.slice(0, 200))).people, config);
		world.clock.advance(MINUTE_MS);
		await world.track('Bought', first.filter(({ name, index }) => (name === 'B' ? index % 10 < 6 : index % 10 < 2)).map(({ stamp }) => stamp.profile));
		world.clock.advance(DAY_MS);
		await world.engine.tick();

		const after = await split((await start(people)).people, config);

		const now = await status();
		expect(now.winner).toEqual({ name: 'B', since: new Date(world.clock.nowMs()).toISOString() });
		expect(now.paths).toMatchObject([{ name: 'A', allocation: 0 }, { name: 'B', allocation: 1 }]);
		expect(now.paths[1]?.evidence).toBeGreaterThan(20);
		expect(now.paths[1]?.lift).toBeGreaterThan(1);
		const was = new Map(first.map(({ stamp, name }) => [stamp.profile, name]));
		expect(after.map(({ stamp, name }) => [stamp.profile, name])).toEqual(after.map(({ stamp }) => [stamp.profile, was.get(stamp.profile) ?? 'B']));
		// People with no choice are no evidence: the next maturing changes none.
		const before = now.paths.map(({ evidence }) => evidence);
		world.clock.advance(2 * DAY_MS);
		await world.engine.tick();
		expect((await status()).paths.map(({ evidence }) => evidence)).toEqual(before);
	});

	it('shifts a bandit to what does better, remembering with whom it had which chances', async () => {
		const config: SplitConfig = { ...TEST, mode: 'bandit', floorPercent: 5 };
		const people = await world.people(400);
		await world.engine.experiments.register(step(), config);
		const first = await split((await start(people.slice(0, 200))).people, config);
		world.clock.advance(MINUTE_MS);
		await world.track('Bought', first.filter(({ name, index }) => (name === 'B' ? index % 10 < 5 : index % 10 < 1)).map(({ stamp }) => stamp.profile));
		world.clock.advance(DAY_MS);
		await world.engine.tick();

		const second = await split((await start(people.slice(200))).people, config);

		expect((await status()).paths).toMatchObject([{ name: 'A', allocation: expect.closeTo(0.05, 3) as number }, { name: 'B', allocation: expect.closeTo(0.95, 3) as number }]);
		expect(second.filter(({ name }) => name === 'B').length).toBeGreaterThan(170);
		const chances = (await world.rows<{ chances: unknown }>('select distinct chances from assignment order by 1')).map((row) => (typeof row.chances === 'string' ? (JSON.parse(row.chances) as unknown) : row.chances));
		expect(chances).toEqual(expect.arrayContaining([{ 1: 0.5, 2: 0.5 }, { 1: expect.closeTo(0.05, 3) as number, 2: expect.closeTo(0.95, 3) as number }]));
	});

	it('comes to the same evidence in one go and piece by piece, and when two processes mature at once', async () => {
		const people = await world.people(1_200);
		const other = await world.another();
		const twin = world.walk.step('twin', 'split');
		const config: SplitConfig = { ...TEST, salt: 'the same draw' };
		await world.track('Started', people);
		for (let leg = inOrder(await world.walk.start(trigger())); leg.people.length > 0; leg = inOrder(await world.walk.start(trigger()))) {
			await split(leg.people, config);
			await world.engine.experiments.split(twin, visits(leg.people), config);
			world.clock.advance(1000);
		}
		await world.track('Bought', people.filter((_profile, n) => n % 7 === 0));
		await world.change(`update assignment set matures_at = matures_at + ${HOUR_MS} where step = 'split'`);
		world.clock.advance(DAY_MS - 2000);
		await world.engine.tick();
		const [part] = await world.engine.experiments.status({ step: 'twin' });
		world.clock.advance(2 * HOUR_MS);

		await Promise.all([world.engine.tick(), other.engine.tick()]);

		const [pieces] = await world.engine.experiments.status({ step: 'twin' });
		expect(part?.maturing).toBeGreaterThan(0);
		expect(part?.maturing).toBeLessThan(1_200);
		expect(pieces?.paths).toEqual((await status()).paths);
		expect(pieces?.paths.reduce((sum, { matured }) => sum + matured, 0)).toBe(1_200);
		expect((await assignments()).filter(({ matured_at: at }) => at === null)).toHaveLength(0);
	});

	it('gives one person one path when two processes split two runs of theirs at once', async () => {
		const people = await world.people(12);
		const other = await world.another();
		await world.engine.experiments.register(step(), TEST);
		await world.track('Started', people);
		const one = await world.walk.start(trigger());
		await world.track('Started', people);
		const two = await other.walk.start(trigger());

		const [first, second] = await Promise.all([split(inOrder(one).people, TEST), other.engine.experiments.split(step(), visits(inOrder(two).people), TEST)]);

		expect(names(second)).toEqual(names(first));
		expect(await assignments()).toHaveLength(12);
		expect(Object.values(await paths('people')).reduce((sum, count) => sum + count, 0)).toBe(12);
	});

	it('leaves nothing of a split or of a maturing that dies before its end, and does it once then', async () => {
		let dies = '';
		const dying = await World.open(kind, { atPoint: (point) => {
			if (point === dies) throw new Error('the process is gone');
		} });
		const from = dying.walk.step('trigger', 'trigger');
		await dying.walk.register(from, { entry: { kind: 'event', match: { event: 'Started' } } });
		await dying.engine.experiments.register(step(), TEST);
		await dying.track('Started', await dying.people(10));
		const { people } = await dying.walk.start(from);
		const figures = async () => ((await dying.engine.experiments.status())[0]?.paths ?? []).reduce((sum, path) => [sum[0] + path.people, sum[1] + path.matured] as [number, number], [0, 0] as [number, number]);
		const run = async () => await dying.engine.experiments.split(step(), visits(people), TEST);

		dies = 'split:before-commit';
		await expect(run()).rejects.toThrow('the process is gone');
		expect([await figures(), await dying.rows('select 1 as one from assignment'), await dying.rows('select 1 as one from memo')]).toEqual([[0, 0], [], []]);
		dies = '';
		const first = names(await run());
		expect(names(await run())).toEqual(first);
		dying.clock.advance(DAY_MS);
		dies = 'experiment-mature:before-commit';
		await expect(dying.engine.tick()).rejects.toThrow('the process is gone');
		expect(await figures()).toEqual([10, 0]);
		dies = '';
		await dying.engine.tick();
		await dying.engine.tick();
		expect(await figures()).toEqual([10, 10]);
		await dying.close();
	});

	it('begins a new round with another metric: nothing of before counts, and people are drawn again', async () => {
		const people = await world.people(60);
		await world.engine.experiments.register(step(), TEST);
		const before = await split((await start(people)).people, TEST);
		const changed: SplitConfig = { ...TEST, metric: { kind: 'event', match: { event: 'Paid' } } };
		await world.engine.experiments.register(step(), changed);
		world.clock.advance(MINUTE_MS);

		const after = await split((await start(people.slice(0, 30))).people, changed);
		world.clock.advance(DAY_MS);
		await world.engine.tick();

		expect((await status()).round).toBe(2);
		expect((await status()).paths.reduce((sum, { matured }) => sum + matured, 0)).toBe(30);
		expect(names(after)).not.toEqual(names(before).slice(0, 30));
		await world.engine.experiments.restart(step());
		expect(await status()).toMatchObject({ round: 3, paths: [{ people: 0, matured: 0 }, { people: 0, matured: 0 }], winner: null });
		await expect(world.engine.experiments.restart({ workflow: 'wf', step: 'nope' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
	});

	it('leaves test people out of what is counted', async () => {
		const people = await world.people(10, { test: true });
		await world.engine.experiments.register(step(), TEST);

		await split((await start(people)).people, TEST);
		world.clock.advance(2 * DAY_MS);
		await world.engine.tick();

		expect(await paths('people')).toEqual({ A: 0, B: 0 });
		expect((await assignments()).every(({ matures_at: at, outcome }) => at === null && outcome === null)).toBe(true);
	});

	it('shows in a preview what people have or would get, and stores nothing', async () => {
		const people = await world.people(20);
		await world.engine.experiments.register(step(), TEST);
		const before = await world.engine.experiments.preview(step(), people, TEST);
		const results = await split((await start(people)).people, TEST);

		expect(before.map(({ name }) => name)).toEqual(names(results));
		expect((await world.engine.experiments.preview(step(), [...people, null], TEST)).slice(0, 20).map(({ name }) => name)).toEqual(names(results));
		expect((await assignments()).length).toBe(20);
	});

	it.each<[string, Partial<SplitConfig>, string]>([
		['percentages that do not add up', { paths: [{ name: 'A', percent: 50 }, { name: 'B', percent: 40 }] }, 'The percentages add up to 90, not to 100: A 50, B 40.'],
		['no percentage', { paths: [{ name: 'A', percent: 50 }, { name: 'B' }] }, 'The percentage of the path "B" is not a number'],
		['one path', { paths: [{ name: 'A', percent: 100 }] }, '2 to 10 paths, not 1'],
		['eleven paths', { paths: Array.from({ length: 11 }, (_none, n) => ({ name: `${n}`, percent: 100 / 11 })) }, '2 to 10 paths, not 11'],
		['two of one name', { paths: [{ name: 'A', percent: 50 }, { name: 'A', percent: 50 }] }, 'Two paths are named "A"'],
		['no metric', { mode: 'experiment' }, 'need a metric'],
		['no window', { mode: 'experiment', metric: { kind: 'goal', goal: 'x' } }, 'between a minute and 366 days'],
		['an empty goal', { mode: 'experiment', metric: { kind: 'goal', goal: ' ' }, windowMs: DAY_MS }, 'The goal of the metric is empty'],
		['a floor above what there is', { ...TEST, mode: 'bandit', floorPercent: 51 }, 'cannot get at least 51 percent'],
	])('refuses %s, saying what to do', async (_what, config, message) => {
		await expect(world.engine.experiments.register(step(), { ...HALVES, ...config })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining(message) as string });
		expect(await world.engine.experiments.status()).toEqual([]);
	});

	it('takes three times 33.33', async () => {
		await world.engine.experiments.register(step(), { ...HALVES, paths: ['A', 'B', 'C'].map((name) => ({ name, percent: 33.33 })) });

		expect((await status()).paths.map(({ allocation }) => allocation)).toEqual([1 / 3, 1 / 3, 1 / 3]);
	});
});
