import { sql, type RawBuilder } from 'kysely';

import { claim } from '../../../../engine/journeys/claim';
import { systemRandom } from '../../../../engine/kernel';
import type { Query, Reader, Store } from '../../../../engine/store';
import { DATABASES } from '../../databases';
import { HOUR_MS, World } from '../world';

/** The same store, which notes by which index tokens are found. */
function watching(store: Store, searches: string[]): Store {
	const watched = <R extends Reader>(reader: R): R => ({
		...reader,
		all: async <Row>(query: Query<Row>) => {
			const plan = await reader.all(sql<{ detail: string }>`explain query plan ${query as RawBuilder<unknown>}`);
			searches.push(...plan.map(({ detail }) => detail).filter((detail) => /(SCAN|SEARCH) (token|t)\b/.test(detail)));
			return await reader.all(query);
		},
	});
	return { ...store, tx: (name, work) => store.tx(name, (tx) => work(watched(tx))), read: (work) => store.read((reader) => work(watched(reader))) };
}

describe.each(DATABASES)('people who wait where a paused journey has many, on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const trigger = (name: string) => world.walk.step(name, 'trigger');
	const wait = () => world.walk.step('wait', 'wait');

	/** In the order in which they are due: two of the journey `a`, one of `b`, two of `a`, one of `b`. */
	async function park(): Promise<number[]> {
		await world.walk.register(trigger('a'), { entry: { kind: 'event', match: { event: 'A' } } });
		await world.walk.register(trigger('b'), { entry: { kind: 'event', match: { event: 'B' } } });
		const people = await world.people(6);
		for (const [n, profile] of people.entries()) {
			const name = n % 3 === 2 ? 'b' : 'a';
			await world.track(name.toUpperCase(), [profile]);
			const leg = await world.walk.start(trigger(name));
			await world.walk.park(wait(), leg.people, HOUR_MS);
			await world.walk.settle(leg);
			world.clock.advance(1_000);
		}
		world.clock.advance(HOUR_MS);
		return people;
	}

	it('are handed out past them, the earliest first, and their next due time is told', async () => {
		const people = await park();
		await world.engine.journeys.pause({ workflow: 'wf', journeyStep: 'a' }, 'stop');

		const first = await world.walk.claim(wait(), { limit: 1 });
		const rest = await world.walk.claim(wait());

		expect([first, rest].map(({ people: claimed }) => claimed.map(({ stamp }) => stamp.profile))).toEqual([[people[2]], [people[5]]]);
		expect([first.nextDueMs !== null, rest.nextDueMs]).toEqual([true, null]);
	});

	it('come together with those of the other journeys in one batch, those first who have been due for longest', async () => {
		const people = await park();

		const oldest = await world.walk.claim(wait(), { limit: 2 });
		const rest = await world.walk.claim(wait(), { limit: 3 });

		expect(oldest.people.map(({ stamp }) => stamp.profile)).toEqual([people[0], people[1]]);
		expect(rest.people.map(({ stamp }) => stamp.profile)).toContain(people[2]);
		expect(rest.people).toHaveLength(3);
	});
});

// With a million of a paused journey, a claim that reads past them takes a second. PostgreSQL chooses by size, so an empty database shows nothing there.
it('who is due is looked for by journey, so that nobody of a paused one is read (sqlite)', async () => {
	const world = await World.open('sqlite');
	const trigger = (name: string) => world.walk.step(name, 'trigger');
	for (const name of ['a', 'b']) await world.walk.register(trigger(name), { entry: { kind: 'event', match: { event: name } } });
	const people = await world.people(2);
	await world.track('a', people);
	await world.engine.journeys.pause({ workflow: 'wf', journeyStep: 'b' }, 'stop');
	const searches: string[] = [];

	const claimed = await claim(watching(world.engine.store, searches), systemRandom, trigger('a'), { limit: 500, leaseMs: 30_000 });

	expect(claimed.items).toHaveLength(2);
	const byDue = searches.filter((detail) => detail.includes('token_due'));
	expect(byDue.length).toBeGreaterThanOrEqual(3);
	expect(byDue.filter((detail) => !/place=\? AND journey=\? AND due_at</.test(detail))).toEqual([]);
	expect(searches.filter((detail) => detail.startsWith('SCAN'))).toEqual([]);
	await world.close();
});
