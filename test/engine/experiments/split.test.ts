import type { SplitConfig } from '../../../engine/experiments';
import type { SplitResult } from '../../../engine/experiments/types';
import { DATABASES } from '../databases';
import { visits } from '../journeys/walk';
import { DAY_MS } from '../journeys/world';
import { HALVES, inOrder, names, splitting, TEST } from './splitting';

describe.each(DATABASES)('the draw of Journey Split on %s', (kind) => {
	const { world, trigger, step, start, split, replay, status, paths, assignments } = splitting(kind);

	it('divides people by percentages, each always the same way, whatever batch they come in', async () => {
		const people = await world().people(400);
		const config: SplitConfig = { ...HALVES, paths: [{ name: 'A', percent: 20 }, { name: 'B', percent: 70 }, { name: 'C', percent: 10 }] };

		const all = names(await split((await start(people)).people, config));
		const again = [...names(await split((await start(people.slice(0, 100))).people, config)), ...names(await split((await start(people.slice(100))).people, config))];

		expect(again).toEqual(all);
		const counts = await paths('people');
		expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(400);
		for (const [name, part] of [['A', 80], ['B', 280], ['C', 40]] as const) expect(Math.abs((counts[name] ?? 0) - part)).toBeLessThan(4 * Math.sqrt(part));
		expect((await world().engine.journeys.status())[0]?.steps.find((one) => one.step === 'split')?.passed).toEqual(Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count * 2])));
	});

	it('draws anew for each run when that is chosen, and other people at another step', async () => {
		const people = await world().people(60);
		const config: SplitConfig = { ...HALVES, unit: 'enrollment' };

		const first = names(await split((await start(people)).people, config));
		const second = names(await split((await start(people)).people, config));
		const third = await start(people);
		const elsewhere = names(await world().engine.experiments.split(world().walk.step('another', 'split'), visits(third.people), HALVES));

		expect(first).not.toEqual(second);
		expect(elsewhere).not.toEqual(first);
		expect(await paths('people')).toEqual({ A: [...first, ...second].filter((name) => name === 'A').length, B: [...first, ...second].filter((name) => name === 'B').length });
	});

	it('gives splits of the same draw the same people', async () => {
		const people = await world().people(60);
		const config: SplitConfig = { ...HALVES, salt: 'spring' };

		const one = names(await split((await start(people)).people, config));
		const other = names(await world().engine.experiments.split(world().walk.step('another', 'split'), visits((await start(people)).people), config));

		expect(other).toEqual(one);
	});

	it('sends a replay the same way by the same trail, though the chances have changed, and counts nobody twice (rules 12, 13)', async () => {
		const people = await world().people(40);
		await world().engine.experiments.register(step(), HALVES);
		const first = await split((await start(people)).people);
		const changed: SplitConfig = { ...HALVES, paths: [{ name: 'B', percent: 95 }, { name: 'A', percent: 5 }] };
		await world().engine.experiments.register(step(), changed);

		const again = await split((await replay()).people, changed);

		const trails = (results: readonly SplitResult[]) => results.map(({ name, stamp }) => `${stamp.profile} ${name ?? ''} ${stamp.trail}`).sort();
		expect(trails(again)).toEqual(trails(first));
		expect(again.map(({ name, output }) => [name, output])).toEqual(again.map(({ name }) => [name, name === 'B' ? 0 : 1]));
		expect((await assignments()).length).toBe(40);
		expect(await paths('people')).toEqual({ A: first.filter(({ name }) => name === 'A').length, B: first.filter(({ name }) => name === 'B').length });
	});

	it('gives two runs of one person that come in one batch one path, and drops who has left', async () => {
		const [one = 0, other = 0] = await world().people(2);
		await world().track('Started', [one]);
		await world().track('Started', [one, other]);
		const leg = await world().walk.start(trigger());
		await world().change(`update enrollment set state = 'exited' where profile = ${other}`);

		const results = await split(leg.people);

		const mine = results.filter(({ stamp }) => stamp.profile === one);
		expect([mine.length, new Set(names(mine)).size, results.filter(({ alive }) => !alive).map(({ stamp }) => stamp.profile)]).toEqual([2, 1, [other]]);
		expect(await assignments()).toMatchObject([{ profile: one, person: one }]);
		await world().change(`update enrollment set state = 'active' where profile = ${other}`);
	});

	it('takes as many statements for many people as for few', async () => {
		const count = async (people: readonly number[]): Promise<number> => {
			const leg = await start(people);
			let statements = 0;
			const real = world().engine.store.tx;
			const spy = jest.spyOn(world().engine.store, 'tx').mockImplementation((name, work) => real(name, (tx) => work({
				...tx, all: async (query) => ((statements += 1), await tx.all(query)), first: async (query) => ((statements += 1), await tx.first(query)), run: async (query) => ((statements += 1), await tx.run(query)),
			})));
			await split(leg.people);
			spy.mockRestore();
			return statements;
		};
		const people = await world().people(90);
		await world().engine.experiments.register(step(), HALVES);

		expect(await count(people.slice(10))).toBe(await count(people.slice(0, 10)));
	});

	describe('when its paths change while people have one', () => {
		it('keeps people on a path that was renamed or moved, also on a replay', async () => {
			const people = await world().people(30);
			await world().engine.experiments.register(step(), HALVES);
			const before = await split((await start(people)).people);
			const renamed: SplitConfig = { ...HALVES, paths: [{ name: 'Discount', percent: 50 }, { name: 'B', percent: 50 }] };
			await world().engine.experiments.register(step(), renamed);
			await world().engine.experiments.register(step(), { ...renamed, paths: [...renamed.paths].reverse() });

			const again = await split((await replay()).people, { ...renamed, paths: [...renamed.paths].reverse() });
			const next = await split((await start(people)).people, renamed);

			const by = (results: readonly SplitResult[]) => new Map(results.map(({ stamp, name }) => [stamp.profile, name === 'Discount' ? 'A' : name]));
			expect(by(again)).toEqual(by(before));
			expect(by(next)).toEqual(by(before));
			expect((await status()).paths.map(({ name }) => name)).toEqual(['B', 'Discount']);
		});

		it('draws those of a removed path anew among the others, and leaves the rest alone', async () => {
			const people = await world().people(60);
			const three: SplitConfig = { ...HALVES, paths: [{ name: 'A', percent: 30 }, { name: 'B', percent: 40 }, { name: 'C', percent: 30 }] };
			await world().engine.experiments.register(step(), three);
			const before = await split((await start(people)).people, three);
			const two: SplitConfig = { ...HALVES, paths: [{ name: 'A', percent: 50 }, { name: 'C', percent: 50 }] };
			await world().engine.experiments.register(step(), two);

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
			const people = await world().people(40);
			await world().engine.experiments.register(step(), TEST);
			const added: SplitConfig = { ...TEST, paths: [{ name: 'A' }, { name: 'B' }, { name: 'C' }] };
			const leg = await start(people);
			await world().engine.experiments.register(step(), added);

			const results = await split(leg.people, TEST);

			expect(new Set(results.map(({ name }) => name))).toEqual(new Set(['A', 'B']));
			expect(await status()).toMatchObject({ round: 1, paths: [{ name: 'A' }, { name: 'B' }, { name: 'C', people: 0, allocation: 1 / 3 }] });
			expect(await world().rows('select distinct chances from assignment')).toHaveLength(1);
		});
	});

	it('gives one person one path when two processes split two runs of theirs at once', async () => {
		const people = await world().people(12);
		const other = await world().another();
		await world().engine.experiments.register(step(), TEST);
		await world().track('Started', people);
		const one = await world().walk.start(trigger());
		await world().track('Started', people);
		const two = await other.walk.start(trigger());

		const [first, second] = await Promise.all([split(inOrder(one).people, TEST), other.engine.experiments.split(step(), visits(inOrder(two).people), TEST)]);

		expect(names(second)).toEqual(names(first));
		expect(await assignments()).toHaveLength(12);
		expect(Object.values(await paths('people')).reduce((sum, count) => sum + count, 0)).toBe(12);
	});

	it('shows in a preview what people have or would get, and stores nothing', async () => {
		const people = await world().people(20);
		await world().engine.experiments.register(step(), TEST);
		const before = await world().engine.experiments.preview(step(), people, TEST);
		const results = await split((await start(people)).people, TEST);

		expect(before.map(({ name }) => name)).toEqual(names(results));
		expect((await world().engine.experiments.preview(step(), [...people, null], TEST)).slice(0, 20).map(({ name }) => name)).toEqual(names(results));
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
		await expect(world().engine.experiments.register(step(), { ...HALVES, ...config })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining(message) as string });
		expect(await world().engine.experiments.status()).toEqual([]);
	});

	it('takes three times 33.33', async () => {
		await world().engine.experiments.register(step(), { ...HALVES, paths: ['A', 'B', 'C'].map((name) => ({ name, percent: 33.33 })) });

		expect((await status()).paths.map(({ allocation }) => allocation)).toEqual([1 / 3, 1 / 3, 1 / 3]);
	});
});
