import { sql } from 'kysely';

import { partSql } from '../../../engine/segments';
import { DATABASES, testStore } from '../databases';

const PEOPLE = 400_000;

describe.each(DATABASES)('a random part of the people on %s', (kind) => {
	let opened: Awaited<ReturnType<typeof testStore>>;
	beforeAll(async () => {
		opened = await testStore(kind);
	});
	afterAll(() => opened.close());

	/** Ids of a percentage, of so many people. */
	async function partOf(percent: number): Promise<number[]> {
		const rows = await opened.store.read((reader) => reader.all(sql<{ n: number }>`with recursive people (n) as (select cast(1 as ${sql.raw(reader.dialect.types.int)}) union all select n + 1 from people where n < ${sql.lit(PEOPLE)})
			select n from people where ${partSql(sql`n`, percent, 'holdout')} order by n`));
		return rows.map(({ n }) => Number(n));
	}

	it('may be less than a hundredth of a percent, and is neither nobody nor rounded up to it', async () => {
		const parts = [await partOf(0.001), await partOf(0.004), await partOf(0.006), await partOf(0.01), await partOf(0.0125), await partOf(0.02)];

		const sizes = parts.map((part) => part.length);
		expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
		expect(sizes[1]).toBeGreaterThan(8);
		expect(sizes[1]).toBeLessThan(26);
		for (const [n, part] of parts.slice(1).entries()) expect(part).toEqual(expect.arrayContaining(parts[n] ?? []));
	});

	it('of whole hundredths is as it ever was, also where they are no exact binary number; 0 is nobody and 100 everybody', async () => {
		const [exact, before] = [await partOf(0.29), (await partOf(0.3)).length];

		expect((await partOf(0.29 - 1e-12))).toEqual(exact);
		expect(exact.length).toBeLessThan(before);
		expect([(await partOf(0)).length, (await partOf(100)).length]).toEqual([0, PEOPLE]);
	});
});
