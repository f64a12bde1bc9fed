import { sql } from 'kysely';

import { CHANGES_KEPT_DAYS } from '../../../engine/segments';
import { DATABASES } from '../databases';
import { openWorld, type World } from '../events/fixture';

const DAY_MS = 86_400_000;

async function changesAt(world: World, count: number, ageMs: number): Promise<void> {
	const n = world.store.dialect.name === 'sqlite'
		? sql`(with recursive n(n) as (select 1 union all select n + 1 from n where n < ${sql.lit(count)}) select n from n) as numbers`
		: sql`generate_series(1, ${sql.lit(count)}) as numbers(n)`;
	await world.store.tx('fill', (tx) => tx.run(sql`insert into segment_change (segment, profile, change, why, at) select 1, numbers.n, 'entered', 'change', ${tx.nowMs - ageMs} from ${n}`));
}

describe.each(DATABASES)('the log of who entered and left on %s', (kind) => {
	it('keeps 90 days, forgets what is older in slices, and never gives an id out twice', async () => {
		const world = await openWorld(kind);
		await changesAt(world, 4_500, CHANGES_KEPT_DAYS * DAY_MS + 1);
		await changesAt(world, 10, CHANGES_KEPT_DAYS * DAY_MS);
		const newest = async () => (await world.rows<{ id: number }>(sql`select max(id) as id from segment_change`))[0]?.id ?? 0;
		const before = await newest();

		expect(await world.segments.prune()).toEqual({ deleted: 4_500, more: false });
		expect(await world.segments.prune()).toEqual({ deleted: 0, more: false });
		expect(await world.rows(sql`select id from segment_change`)).toHaveLength(10);
		world.clock.advance(DAY_MS);
		await world.segments.prune();

		// Else SQLite would give its id to the next change, and whoever reads on from there would miss it.
		expect((await world.rows<{ id: number }>(sql`select id from segment_change`)).map(({ id }) => id)).toEqual([before]);
		await changesAt(world, 1, 0);
		expect(await newest()).toBe(before + 1);
		await world.close();
	});

	it('does not end the call of the timer with a log that is years long', async () => {
		const world = await openWorld(kind);
		await changesAt(world, 41_000, 400 * DAY_MS);

		expect(await world.segments.prune()).toEqual({ deleted: 40_000, more: true });
		expect(await world.segments.prune()).toEqual({ deleted: 999, more: false });
		await world.close();
	});
});
