import type { SplitConfig } from '../../../engine/experiments';
import type { ExperimentStatus } from '../../../engine/experiments/types';
import { DATABASES } from '../databases';
import { visits } from '../journeys/walk';
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from '../journeys/world';
import { inOrder, names, splitting, TEST } from './splitting';

describe.each(DATABASES)('what Journey Split learns on %s', (kind) => {
	const { world, trigger, step, start, split, status, paths, assignments } = splitting(kind);

	it('counts people once their window is over, converted or not, in the order of their assignment', async () => {
		const people = await world().people(40);
		await world().engine.experiments.register(step(), TEST);
		await split((await start(people.slice(0, 20))).people, TEST);
		world().clock.advance(HOUR_MS);
		await world().track('Bought', people.slice(0, 10));
		await split((await start(people.slice(20))).people, TEST);
		world().clock.advance(DAY_MS - HOUR_MS - 1);
		await world().engine.tick();
		const early = await paths('matured');

		world().clock.advance(1);
		await world().engine.tick();
		await world().track('Bought', people.slice(10, 30));
		const half = await status();
		world().clock.advance(HOUR_MS);
		await world().engine.tick();

		expect(early).toEqual({ A: 0, B: 0 });
		const sum = (one: ExperimentStatus, what: 'matured' | 'conversions' | 'people') => one.paths.reduce((total, path) => total + path[what], 0);
		expect([sum(half, 'people'), sum(half, 'matured'), sum(half, 'conversions'), half.maturing]).toEqual([40, 20, 10, 20]);
		const whole = await status();
		expect([sum(whole, 'matured'), sum(whole, 'conversions'), whole.maturing]).toEqual([40, 20, 0]);
		expect((await assignments()).map(({ outcome }) => outcome)).toEqual([...Array<number>(10).fill(1), ...Array<number>(10).fill(0), ...Array<number>(10).fill(1), ...Array<number>(10).fill(0)]);
	});

	it.each<[string, SplitConfig['metric'], (profile: number, enrollment: number) => Promise<void>]>([
		['a goal of the run', { kind: 'goal', goal: 'Order' }, async (profile, enrollment) => await world().change(`insert into goal (id, enrollment, journey, workflow, step, profile, name, reached_at) values ('g${profile}-${enrollment}', ${enrollment}, 'j', 'wf', 'goal', ${profile}, 'Order', ${world().clock.nowMs()})`)],
		['a click in a mail of the run', { kind: 'message', happened: 'clicked', step: 'mail' }, async (profile, enrollment) => await world().change(`insert into message (id, token, step, trail, item_key, enrollment, workflow, profile, channel, purpose, topic, state, reserved_at, clicked_at)
			values ('m${profile}-${enrollment}', 'm${profile}-${enrollment}', 'mail', '', '', ${enrollment}, 'wf', ${profile}, 'email', 'marketing', '', 'sent', ${world().clock.nowMs()}, ${world().clock.nowMs()})`)],
		['an answer to a mail of the run', { kind: 'message', happened: 'replied' }, async (profile, enrollment) => await world().change(`insert into message (id, token, step, trail, item_key, enrollment, workflow, profile, channel, purpose, topic, state, reserved_at, replied_at)
			values ('m${profile}-${enrollment}', 'm${profile}-${enrollment}', 'mail', '', '', ${enrollment}, 'wf', ${profile}, 'email', 'marketing', '', 'sent', ${world().clock.nowMs()}, ${world().clock.nowMs()})`)],
		['an event with a filter', { kind: 'event', match: { event: 'Bought', filters: [{ path: 'total', operator: 'greater', value: 10 }] } }, async (profile) => void (await world().track('Bought', [profile], { properties: { total: 12 } }))],
	])('measures %s, within the window and behind the split only', async (_what, metric, convert) => {
		const config: SplitConfig = { ...TEST, metric };
		const people = await world().people(4);
		await world().engine.experiments.register(step(), config);
		const leg = await start(people);
		const [yes, late, early, none] = leg.people.map(({ stamp }) => stamp);
		if (yes === undefined || late === undefined || early === undefined || none === undefined) throw new Error('nobody');
		await convert(early.profile, early.enrollment);
		world().clock.advance(MINUTE_MS);
		await split(leg.people, config);
		world().clock.advance(DAY_MS);
		await convert(yes.profile, yes.enrollment);
		if (metric?.kind !== 'event') await convert(none.profile, 12_345);
		world().clock.advance(1);
		await convert(late.profile, late.enrollment);
		await world().engine.tick();

		const rows = await assignments();
		expect(rows.map(({ profile, outcome }) => [profile, outcome])).toEqual([[yes.profile, 1], [late.profile, 0], [early.profile, 0], [none.profile, 0]]);
	});

	it('names a winner and sends everybody new to it; whoever has a path keeps it', async () => {
		const config: SplitConfig = { ...TEST, sendToWinner: true, minimumPeople: 40 };
		const people = await world().people(300);
		await world().engine.experiments.register(step(), config);
		const first = await split((await start(people.slice(0, 200))).people, config);
		world().clock.advance(MINUTE_MS);
		await world().track('Bought', first.filter(({ name, index }) => (name === 'B' ? index % 10 < 6 : index % 10 < 2)).map(({ stamp }) => stamp.profile));
		world().clock.advance(DAY_MS);
		await world().engine.tick();

		const after = await split((await start(people)).people, config);

		const now = await status();
		expect(now.winner).toEqual({ name: 'B', since: new Date(world().clock.nowMs()).toISOString() });
		expect(now.paths).toMatchObject([{ name: 'A', allocation: 0 }, { name: 'B', allocation: 1 }]);
		expect(now.paths[1]?.evidence).toBeGreaterThan(20);
		expect(now.paths[1]?.lift).toBeGreaterThan(1);
		const was = new Map(first.map(({ stamp, name }) => [stamp.profile, name]));
		expect(after.map(({ stamp, name }) => [stamp.profile, name])).toEqual(after.map(({ stamp }) => [stamp.profile, was.get(stamp.profile) ?? 'B']));
		// People with no choice are no evidence: the next maturing changes none.
		const before = now.paths.map(({ evidence }) => evidence);
		world().clock.advance(2 * DAY_MS);
		await world().engine.tick();
		expect((await status()).paths.map(({ evidence }) => evidence)).toEqual(before);
	});

	it('shifts a bandit to what does better, remembering with whom it had which chances', async () => {
		const config: SplitConfig = { ...TEST, mode: 'bandit', floorPercent: 5 };
		const people = await world().people(400);
		await world().engine.experiments.register(step(), config);
		const first = await split((await start(people.slice(0, 200))).people, config);
		world().clock.advance(MINUTE_MS);
		await world().track('Bought', first.filter(({ name, index }) => (name === 'B' ? index % 10 < 5 : index % 10 < 1)).map(({ stamp }) => stamp.profile));
		world().clock.advance(DAY_MS);
		await world().engine.tick();

		const second = await split((await start(people.slice(200))).people, config);

		expect((await status()).paths).toMatchObject([{ name: 'A', allocation: expect.closeTo(0.05, 3) as number }, { name: 'B', allocation: expect.closeTo(0.95, 3) as number }]);
		expect(second.filter(({ name }) => name === 'B').length).toBeGreaterThan(170);
		const chances = (await world().rows<{ chances: unknown }>('select distinct chances from assignment order by 1')).map((row) => (typeof row.chances === 'string' ? (JSON.parse(row.chances) as unknown) : row.chances));
		expect(chances).toEqual(expect.arrayContaining([{ 1: 0.5, 2: 0.5 }, { 1: expect.closeTo(0.05, 3) as number, 2: expect.closeTo(0.95, 3) as number }]));
	});

	it('comes to the same evidence in one go and piece by piece, and when two processes mature at once', async () => {
		const people = await world().people(1_200);
		const other = await world().another();
		const twin = world().walk.step('twin', 'split');
		const config: SplitConfig = { ...TEST, salt: 'the same draw' };
		await world().track('Started', people);
		for (let leg = inOrder(await world().walk.start(trigger())); leg.people.length > 0; leg = inOrder(await world().walk.start(trigger()))) {
			await split(leg.people, config);
			await world().engine.experiments.split(twin, visits(leg.people), config);
			world().clock.advance(1000);
		}
		await world().track('Bought', people.filter((_profile, n) => n % 7 === 0));
		await world().change(`update assignment set matures_at = matures_at + ${HOUR_MS} where step = 'split'`);
		world().clock.advance(DAY_MS - 2000);
		await world().engine.tick();
		const [part] = await world().engine.experiments.status({ step: 'twin' });
		world().clock.advance(2 * HOUR_MS);

		await Promise.all([world().engine.tick(), other.engine.tick()]);

		const [pieces] = await world().engine.experiments.status({ step: 'twin' });
		expect(part?.maturing).toBeGreaterThan(0);
		expect(part?.maturing).toBeLessThan(1_200);
		expect(pieces?.paths).toEqual((await status()).paths);
		expect(pieces?.paths.reduce((sum, { matured }) => sum + matured, 0)).toBe(1_200);
		expect((await assignments()).filter(({ matured_at: at }) => at === null)).toHaveLength(0);
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

	it('stays in its round when it is published again as it was, with half an emoji in its metric', async () => {
		const config: SplitConfig = { ...TEST, metric: { kind: 'event', match: { event: 'Bought', filters: [{ path: 'note', operator: 'equals', value: 'thanks \ud83d' }] } } };

		for (let n = 0; n < 3; n += 1) await world().engine.experiments.register(step(), config);

		expect((await status()).round).toBe(1);
	});

	it('begins a new round with another metric: nothing of before counts, and people are drawn again', async () => {
		const people = await world().people(60);
		await world().engine.experiments.register(step(), TEST);
		const before = await split((await start(people)).people, TEST);
		const changed: SplitConfig = { ...TEST, metric: { kind: 'event', match: { event: 'Paid' } } };
		await world().engine.experiments.register(step(), changed);
		world().clock.advance(MINUTE_MS);

		const after = await split((await start(people.slice(0, 30))).people, changed);
		world().clock.advance(DAY_MS);
		await world().engine.tick();

		expect((await status()).round).toBe(2);
		expect((await status()).paths.reduce((sum, { matured }) => sum + matured, 0)).toBe(30);
		expect(names(after)).not.toEqual(names(before).slice(0, 30));
		await world().engine.experiments.restart(step());
		expect(await status()).toMatchObject({ round: 3, paths: [{ people: 0, matured: 0 }, { people: 0, matured: 0 }], winner: null });
		await expect(world().engine.experiments.restart({ workflow: 'wf', step: 'nope' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
	});

	it('leaves test people out of what is counted', async () => {
		const people = await world().people(10, { test: true });
		await world().engine.experiments.register(step(), TEST);

		await split((await start(people)).people, TEST);
		world().clock.advance(2 * DAY_MS);
		await world().engine.tick();

		expect(await paths('people')).toEqual({ A: 0, B: 0 });
		expect((await assignments()).every(({ matures_at: at, outcome }) => at === null && outcome === null)).toBe(true);
	});

	it('gives held-out people a path and counts none of them: a bandit learns from those alone to whom its paths send', async () => {
		const people = await world().people(80);
		const bandit: SplitConfig = { ...TEST, mode: 'bandit' };
		await world().walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } }, holdout: { percent: 50 } });
		await world().engine.experiments.register(step(), bandit);
		const leg = await start(people);
		const results = await split(leg.people, bandit);
		const heldOut = new Set((await world().rows<{ profile: number }>('select profile from enrollment where holdout = 1')).map(({ profile }) => profile));
		const of = (name: string) => leg.people.map(({ stamp }) => stamp.profile).filter((_profile, n) => results[n]?.name === name);

		world().clock.advance(MINUTE_MS);
		// Everybody who is held out buys, and whoever took B and is not.
		await world().track('Bought', [...heldOut, ...of('B').filter((profile) => !heldOut.has(profile))]);
		world().clock.advance(DAY_MS);
		await world().engine.tick();

		const counted = { A: of('A').filter((profile) => !heldOut.has(profile)).length, B: of('B').filter((profile) => !heldOut.has(profile)).length };
		expect([heldOut.size > 20, of('A').length + of('B').length]).toEqual([true, 80]);
		expect([await paths('people'), await paths('matured'), await paths('conversions')]).toEqual([counted, counted, { A: 0, B: counted.B }]);
		expect((await status()).paths[1]?.allocation).toBeGreaterThan(0.95);
	});
});
