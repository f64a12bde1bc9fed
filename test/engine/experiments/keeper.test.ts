import { sql } from 'kysely';

import type { SplitConfig } from '../../../engine/experiments';
import { DATABASES } from '../databases';
import { visits } from '../journeys/walk';
import { DAY_MS, MINUTE_MS, World } from '../journeys/world';
import { brokenInvariants } from '../profiles/merge-invariants';

const TEST: SplitConfig = { mode: 'experiment', unit: 'person', paths: [{ name: 'A' }, { name: 'B' }], metric: { kind: 'event', match: { event: 'Bought' } }, windowMs: DAY_MS };

describe.each(DATABASES)('who has which path, on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } } });
		await world.engine.experiments.register(step(), TEST);
	});
	afterEach(async () => {
		expect(await world.engine.store.read((reader) => brokenInvariants(reader))).toEqual({});
		await world.close();
	});

	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('split', 'split');
	/** They go through the split alone; answers with the path of each. */
	async function pass(people: readonly number[], config = TEST): Promise<Record<number, string>> {
		await world.track('Started', people);
		const leg = await world.walk.start(trigger());
		const results = await world.engine.experiments.split(step(), visits(leg.people), config);
		await world.walk.settle(leg);
		world.clock.advance(MINUTE_MS);
		return Object.fromEntries(results.map(({ stamp, name }) => [stamp.profile, name ?? '']));
	}
	/** People without a user id, so that two can be one. */
	async function guests(count: number): Promise<number[]> {
		const { profiles } = await world.engine.profiles.upsert(Array.from({ length: count }, (_none, n) => ({ identities: [{ kind: 'email', value: `g${n}@customer.example` }] })), { source: 'test' });
		return profiles.map(Number);
	}
	/** Two of them with different paths, `one` assigned first. The profile that was made first stays in a merge. */
	async function unlike(stays: 'one' | 'other' = 'one'): Promise<{ one: number; other: number; path: string; others: string }> {
		const people = await guests(30);
		const [first = 0, ...rest] = stays === 'one' ? people : people.reverse();
		const { [first]: path = '' } = await pass([first]);
		for (const other of rest) {
			const { [other]: others = '' } = await pass([other]);
			if (others !== path) return { one: first, other, path, others };
		}
		throw new Error('all alike');
	}
	const sum = async () => {
		const [one] = await world.engine.experiments.status({ step: 'split' });
		return (one?.paths ?? []).reduce((total, { matured, conversions }) => [total[0] + matured, total[1] + conversions] as [number, number], [0, 0] as [number, number]);
	};

	it.each(['one', 'other'] as const)('stays the path of the first assignment when two people become one, whoever stays (%s)', async (stays) => {
		const { one, other, path } = await unlike(stays);
		const before = (await world.rows('select id from assignment')).length;

		const { profile } = await world.engine.profiles.merge({ profileId: one }, { profileId: other });

		expect(profile).toBe(stays === 'one' ? one : other);
		expect(await pass([profile])).toEqual({ [profile]: path });
		expect(await world.rows('select id from assignment')).toHaveLength(before);
		world.clock.advance(2 * DAY_MS);
		await world.engine.tick();
		// One person, one observation.
		expect((await sum())[0]).toBe(before - 1);
	});

	it('is given back to both when a merge is taken back', async () => {
		const { one, other, path, others } = await unlike();
		const before = await world.rows('select profile, person, path, matures_at from assignment order by id');
		const { merged } = await world.engine.profiles.merge({ profileId: one }, { profileId: other });

		await world.engine.profiles.unmerge({ profileId: Number(merged) });

		expect(await world.rows('select profile, person, path, matures_at from assignment order by id')).toEqual(before);
		expect(await pass([one, other])).toEqual({ [one]: path, [other]: others });
	});

	it('follows the merged person: what either half does counts', async () => {
		const [one = 0, other = 0] = await guests(2);
		await pass([other]);
		const { profile, merged } = await world.engine.profiles.merge({ profileId: one }, { profileId: other });
		await world.track('Bought', [profile]);
		world.clock.advance(2 * DAY_MS);
		await world.engine.tick();

		expect(merged).toBe(other);
		expect(await sum()).toEqual([1, 1]);
	});

	it('keeps the newest round of two people', async () => {
		const { one, other } = await unlike();
		await world.engine.experiments.restart(step());
		const { [other]: now } = await pass([other]);

		const { profile } = await world.engine.profiles.merge({ profileId: one }, { profileId: other });

		expect(await pass([profile])).toEqual({ [profile]: now });
	});

	it('is in the person\'s copy, and gone with the person; what was learnt stays in the figures', async () => {
		const people = await guests(20);
		const paths = await pass(people);
		await world.track('Bought', people.slice(0, 5));
		world.clock.advance(DAY_MS);
		await world.engine.tick();
		const [one = 0] = people;
		const copy = await world.engine.privacy.exportPerson({ profileId: one }, { source: 'test' });

		await world.engine.privacy.erasePerson({ profileId: one }, { source: 'test' });

		expect(copy?.sections.experiments).toMatchObject([{ split: 'The split', path: paths[one], converted: true }]);
		expect(await world.rows(`select id from assignment where profile = ${one} or person = ${one}`)).toEqual([]);
		expect(await sum()).toEqual([20, 5]);
	});

	it('is not waited for when the person is erased before the window is over', async () => {
		const people = await guests(4);
		await pass(people);
		await world.engine.privacy.erasePerson({ profileId: Number(people[0]) }, { source: 'test' });
		world.clock.advance(2 * DAY_MS);
		await world.engine.tick();

		expect(await sum()).toEqual([3, 0]);
	});

	it('is found by an index, in whatever way it is looked for', async () => {
		if (kind === 'postgres') return;
		const plans = await world.engine.store.read(async (reader) => await Promise.all([
			sql`select 1 from assignment a where a.workflow = 'wf' and a.step = 'split' and a.matured_at is null and a.matures_at <= 5 order by a.matures_at, a.id limit 10`,
			sql`select path from assignment where workflow = 'wf' and step = 'split' and person in (select value from json_each('[1]'))`,
			sql`select path from assignment where workflow = 'wf' and step = 'split' and run in (select value from json_each('[1]'))`,
			sql`delete from assignment where profile in (select value from json_each('[1]'))`,
		].map((query) => reader.all<{ detail: string }>(sql<{ detail: string }>`explain query plan ${query}`))));

		expect(plans.map((plan) => plan.map(({ detail }) => detail).find((detail) => /assignment|SEARCH a /.test(detail)) ?? '')).toEqual([
			expect.stringContaining('assignment_due') as string, expect.stringContaining('assignment_person') as string, expect.stringContaining('assignment_run') as string, expect.stringContaining('assignment_profile') as string,
		]);
	});
});
