import type { BranchItem, BranchRule, VisitResult } from '../../../engine/journeys/types';
import { DATABASES } from '../databases';
import { visits, type Person } from './walk';
import { HOUR_MS, World } from './world';

describe.each(DATABASES)('Journey Branch on %s', (kind) => {
	let world: World;
	let people: number[];
	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } } });
		people = await world.people(4);
		for (const [n, plan] of ['free', 'basic', 'pro', 'vip'].entries()) await world.engine.profiles.upsert([{ profileId: people[n], attributes: { plan } }], { source: 'test' });
	});
	afterEach(async () => await world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('branch', 'branch');
	const plan = (name: string, ...plans: string[]): BranchRule => ({ name, by: { rule: { attribute: 'plan', operator: 'in', value: plans } } });
	const enter = async (): Promise<Person[]> => {
		await world.track('Started', people);
		return inOrder((await world.walk.start(trigger())).people);
	};
	const inOrder = (list: readonly Person[]) => [...list].sort((one, other) => one.stamp.profile - other.stamp.profile);
	const branch = async (items: BranchItem[], rules: BranchRule[]): Promise<VisitResult[]> => await world.engine.journeys.branch(step(), items, rules);
	const ways = (results: readonly VisitResult[]) => results.map(({ output, name }) => `${output} ${name ?? ''}`);

	it('takes the first rule that holds from top to bottom, the caller\'s own answers among them, else the remainder', async () => {
		await world.engine.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
		const items = visits(await enter()).map((item, n) => ({ ...item, given: [n === 1 || n === 2, n === 3] }));

		const results = await branch(items, [{ name: 'Saved', by: { name: 'Pro' } }, { name: 'First', by: null }, plan('Free', 'free', 'basic'), { name: 'Second', by: null }]);

		expect(ways(results)).toEqual(['2 Free', '1 First', '0 Saved', '3 Second']);
		expect(ways(await branch(visits(await enter()).slice(4), []))).toEqual([]);
		expect((await world.engine.journeys.status())[0]?.steps.find((one) => one.step === 'branch')?.passed).toEqual({ Free: 1, First: 1, Saved: 1, Second: 1 });
	});

	it('looks once for a batch: more rules and more people take no more statements', async () => {
		const leg = visits(await enter());
		const count = async (items: BranchItem[], rules: BranchRule[]): Promise<number> => {
			let statements = 0;
			const real = world.engine.store.read;
			const spy = jest.spyOn(world.engine.store, 'read').mockImplementation((work) => real((reader) => work({ ...reader, all: async (query) => ((statements += 1), await reader.all(query)), first: async (query) => ((statements += 1), await reader.first(query)) })));
			await world.engine.journeys.tryBranch(rules, items.map(({ stamp }) => ({ profile: stamp.profile, enrollment: stamp.enrollment })));
			spy.mockRestore();
			return statements;
		};

		expect(await count(leg, Array.from({ length: 12 }, (_none, n) => plan(`R${n}`, `p${n}`)))).toBe(await count(leg.slice(0, 1), [plan('R', 'p')]));
	});

	it('replays the choice of the first time though the people have changed, by the name that it had (rules 12, 13)', async () => {
		const rules = [plan('Free', 'free'), plan('Paid', 'basic', 'pro', 'vip')];
		const first = await branch(visits(await enter()), rules);
		await world.engine.profiles.upsert(people.map((profileId) => ({ profileId, attributes: { plan: 'free' } })), { source: 'test' });
		world.clock.advance(HOUR_MS);

		const again = await branch(visits(inOrder((await world.walk.start(trigger())).people)), [plan('Paid', 'basic'), plan('Free', 'free')]);

		expect(again.map(({ name, stamp }) => [name, stamp.trail])).toEqual(first.map(({ name, stamp }) => [name, stamp.trail]));
		expect(ways(again)).toEqual(ways(first));
	});

	it('sends items of one person that come in one call the way of the first, as a replay would (rule 13)', async () => {
		const [one, other] = visits(await enter());
		if (one === undefined || other === undefined) throw new Error('nobody');
		const rules: BranchRule[] = [{ name: 'Yes', by: null }];

		const results = await branch([{ ...one, given: [false] }, { ...one, index: 7, given: [true] }, { ...other, given: [true] }], rules);

		expect(ways(results)).toEqual(['1 Remainder', '1 Remainder', '0 Yes']);
	});

	it('knows messages of this run from those of earlier ones', async () => {
		const [one, two, three] = await enter();
		if (one === undefined || two === undefined || three === undefined) throw new Error('nobody');
		const message = async (id: string, person: Person, enrollment: number, stepId: string, clicked: boolean) => await world.change(`insert into message (id, token, step, trail, item_key, enrollment, workflow, profile, channel, purpose, topic, state, reserved_at, attempted_at, clicked_at)
			values ('${id}', '${id}', '${stepId}', '', '', ${enrollment}, 'wf', ${person.stamp.profile}, 'email', 'marketing', '', 'sent', 1, 2, ${clicked ? 3 : 'null'})`);
		await message('a', one, one.stamp.enrollment, 'mail', true);
		await message('b', two, 999, 'mail', true);
		await message('c', three, three.stamp.enrollment, 'mail', false);
		const rule = { message: 'clicked', workflow: 'wf', step: 'mail', sinceEnrollment: true } as const;
		const asked: BranchRule[] = [{ name: 'Clicked', by: { rule } }, { name: 'Sent', by: { rule: { ...rule, message: 'sent' } } }, { name: 'Not', by: { rule: { none: [rule] } } }];

		const results = await branch(visits([one, two, three]), asked);

		expect(ways(results)).toEqual(['0 Clicked', '2 Not', '1 Sent']);
		expect(await world.engine.journeys.tryBranch(asked, [{ profile: one.stamp.profile }, { profile: null }])).toEqual([2, null]);
		const [inside] = await world.walk.filter(world.walk.step('filter', 'filter'), [one, two, three], { rule });
		expect(inside.map(({ stamp }) => stamp.profile)).toEqual([one.stamp.profile]);
		await expect(world.engine.segments.save({ name: 'No', rule })).rejects.toMatchObject({ code: 'RULE_INVALID', message: expect.stringContaining('sinceEnrollment') as string });
		expect(await world.engine.segments.describe(rule)).toBe('People who clicked in a message of the workflow wf, step mail of this run through the journey.');
	});

	it('finds people by ids that were merged into another profile, and strangers only by what is in their item', async () => {
		const { profiles: [guest = 0] } = await world.engine.profiles.upsert([{ identities: [{ kind: 'anonymous_id', value: 'browser' }] }], { source: 'test' }) as { profiles: number[] };
		await world.engine.profiles.merge({ profileId: Number(people[3]) }, { profileId: guest });

		const places = await world.engine.journeys.tryBranch([plan('VIP', 'vip'), { name: 'Item', by: null }, { name: 'All', by: { rule: { all: [] } } }], [{ profile: guest }, { profile: null, given: [true] }, { profile: null, given: [false] }, { profile: 123_456 }]);

		expect(places).toEqual([0, 1, null, null]);
	});

	it('refuses rules that ask for what does not exist, and routes nobody', async () => {
		const items = visits(await enter());

		await expect(branch(items, [plan('A', 'free'), { name: 'B', by: { name: 'Nope' } }])).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await expect(branch(items, [{ name: 'B', by: { rule: { segment: 'Nope' } } }])).rejects.toMatchObject({ code: 'RULE_INVALID' });
		expect(await world.rows("select token from memo where step = 'branch'")).toEqual([]);
	});
});
