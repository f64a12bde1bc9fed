import { sql } from 'kysely';

import { EngineError, ManualClock, silentLog } from '../../../engine/kernel';
import { openStore } from '../../../engine/store';
import { DATABASES, emptyDatabase, testStore } from '../databases';

describe.each(DATABASES)('the store on %s', (kind) => {
	it('binds a batch of rows as one value and reads back text, numbers and JSON', async () => {
		const { store, close } = await testStore(kind);
		const rows = [{ a: 'x\'"', n: 9_007_199_254_740_991, r: 1.5, j: { deep: [1, null, 'ü'] } }, { a: null, n: null, r: null, j: null }];

		const read = await store.read((reader) =>
			reader.all<Record<string, unknown>>(sql<Record<string, unknown>>`select * from ${reader.dialect.rows(rows, { a: 'text', n: 'integer', r: 'real', j: 'json' }, 'given')}`),
		);

		expect(read.map((row) => ({ ...row, j: typeof row.j === 'string' ? JSON.parse(row.j) as unknown : row.j }))).toEqual(rows);
		await close();
	});

	// SQLite binds what all rows say alike once, and what is left as short as it can be.
	const differing: Record<string, (n: number) => Record<string, unknown>> = {
		nothing: () => ({ a: 'x', n: 1, r: 1.5, j: { deep: ['ü'] } }),
		'a text alone': (n) => ({ a: `x'"${n % 60}`, n: 1, r: null, j: { deep: [1] } }),
		'a number alone': (n) => ({ a: null, n: n * 1_000_000_000, r: null, j: [] }),
		'a number that some lack': (n) => ({ a: 'x', n: n % 2 === 0 ? null : n, r: null, j: 'text' }),
		'text and numbers': (n) => ({ a: n % 3 === 0 ? null : `ü${n}`, n: 7 - n, r: n / 4, j: { same: true } }),
		'JSON alone': (n) => ({ a: 'x', n: 1, r: 2.5, j: n % 2 === 0 ? [n, null] : { n } }),
		everything: (n) => ({ a: String(n), n, r: n / 8, j: { n } }),
	};
	it.each(Object.keys(differing))('binds hundreds of rows in which differs: %s', async (name) => {
		const { store, close } = await testStore(kind);
		const rows = Array.from({ length: 120 }, (_, n) => differing[name]?.(n) ?? {});

		const read = await store.read((reader) =>
			reader.all<Record<string, unknown>>(sql<Record<string, unknown>>`select * from ${reader.dialect.rows(rows, { a: 'text', n: 'integer', r: 'real', j: 'json' }, 'given')}`),
		);

		const parsed = read.map((row) => ({ ...row, j: kind === 'sqlite' ? JSON.parse(String(row.j)) as unknown : row.j }));
		expect(parsed).toEqual(rows);
		await close();
	});

	it.each<[string, number, (n: number) => Record<string, unknown>]>([
		['a few rows', 2, () => ({ n: 1, j: null })], ['many rows', 60, () => ({ n: 1, j: null })], ['some of many rows', 60, (n) => ({ n, j: n % 2 === 0 ? null : [n] })],
		['a few rows without one', 2, () => ({ n: 1 })], ['some of many rows without one', 60, (n) => (n % 2 === 0 ? { n } : { n, j: [n] })],
	])('binds JSON that is null as SQL does, in %s', async (_what, count, rowOf) => {
		const { store, close } = await testStore(kind);
		const rows = Array.from({ length: count }, (_, n) => rowOf(n));

		const read = await store.read((reader) => reader.all<{ none: number }>(sql<{ none: number }>`select case when given.j is null then 1 else 0 end as none from ${reader.dialect.rows(rows, { n: 'integer', j: 'json' }, 'given')}`));

		expect(read.map(({ none }) => none)).toEqual(rows.map(({ j }) => ((j ?? null) === null ? 1 : 0)));
		await close();
	});

	it('takes a NUL and half an emoji in any text of a batch, and hands over all else of it', async () => {
		const { store, close } = await testStore(kind);
		const rows = [{ a: 'x\0y', j: { 'a\0': ['half \ud83d', 'whole \ud83d\ude00', '\\u0000'] } }, { a: 'fine', j: { b: 1 } }];

		const read = await store.read((reader) =>
			reader.all<{ a: string; j: unknown; alone: string; found: number }>(sql`select a, j, cast(${'u\0v'} as text) as alone, case when ${reader.dialect.anyOf(sql`a`, ['fine', 'b\0'])} then 1 else 0 end as found
				from ${reader.dialect.rows(rows, { a: 'text', j: 'json' }, 'given')}`),
		);

		expect(read.map(({ found }) => found)).toEqual([0, 1]);
		expect(read[0]?.a).toMatch(/^x\0?y$/);
		expect(JSON.stringify(read[0]?.j)).toMatch(/whole 😀/);
		expect(read[1]?.a).toBe('fine');
		await close();
	});

	it.each([['half of an emoji', { a: 'half \ud83d' }], ['the other half', { a: ['\ude00 half'] }], ['half of one in a name', { 'a\ud83d': 1 }], ['a NUL', { a: 'x\0y' }]])('takes JSON that holds %s alone', async (_what, j) => {
		const { store, close } = await testStore(kind);

		const read = await store.read((reader) => reader.all<{ j: unknown }>(sql`select j from ${reader.dialect.rows([{ j }], { j: 'json' }, 'given')}`));

		expect(read).toHaveLength(1);
		await close();
	});

	it('sums money exactly, as text', async () => {
		const { store, close } = await testStore(kind);
		const rows = [...Array.from({ length: 30 }, () => ({ v: '0.1' })), { v: '999999999999.99' }, { v: '-0.09' }, { v: null }];
		const sum = (given: typeof rows) => store.read((reader) =>
			reader.first<{ s: string | null }>(sql<{ s: string | null }>`select ${reader.dialect.sumDecimals(sql`v`)} as s from ${reader.dialect.rows(given, { v: 'text' }, 'r')}`));

		const [all, none] = [await sum(rows), await sum([{ v: null }])];

		expect(all?.s).toBe('1000000000002.90');
		expect(none?.s).toBeNull();
		await close();
	});

	it('rolls back everything when the work throws', async () => {
		const { store, close } = await testStore(kind);
		const insert = sql`insert into setting (key, value, updated_at) values ('k', ${store.dialect.json({ a: 1 })}, 1)`;

		await expect(store.tx('t', async (tx) => { await tx.run(insert); throw new EngineError('CONFLICT', 'no'); })).rejects.toMatchObject({ code: 'CONFLICT' });

		expect(await store.read((reader) => reader.all(sql`select * from setting`))).toEqual([]);
		await close();
	});

	it('runs transactions that start together without losing an update', async () => {
		const { store, close } = await testStore(kind);
		await store.tx('t', (tx) => tx.run(sql`insert into profile (id, created_at, updated_at, attributes) values (1, 0, 0, ${tx.dialect.json({})})`));

		await Promise.all(Array.from({ length: 30 }, () => store.tx('count', async (tx) => {
			const row = await tx.first<{ event_no: number }>(sql<{ event_no: number }>`select event_no from profile where id = 1 ${tx.dialect.forUpdate}`);
			await tx.run(sql`update profile set event_no = ${(row?.event_no ?? 0) + 1} where id = 1`);
		})));

		expect(await store.read((reader) => reader.first(sql`select event_no from profile`))).toEqual({ event_no: 30 });
		await close();
	});

	it('has one state as long as nobody commits, here or in another process, or none where the database does not tell', async () => {
		const { database, drop } = await emptyDatabase(kind);
		const [one, other] = [await openStore({ database, clock: new ManualClock(0), log: silentLog }), await openStore({ database, clock: new ManualClock(0), log: silentLog })];
		const write = (store: typeof one, key: string) => store.tx('t', (tx) => tx.run(sql`insert into setting (key, value, updated_at) values (${key}, ${tx.dialect.json({})}, 1)`));

		const states = [one.state()];
		await one.read((reader) => reader.all(sql`select * from setting`));
		await one.tx('t', () => Promise.reject(new Error('rolled back'))).catch(() => undefined);
		states.push(one.state());
		await write(one, 'a');
		states.push(one.state());
		await write(other, 'b');
		states.push(one.state());

		expect(states).toEqual(kind === 'postgres' ? [null, null, null, null] : [states[0], states[0], expect.any(Number), expect.any(Number)]);
		expect(new Set(states).size).toBe(kind === 'postgres' ? 1 : 3);
		await one.close();
		await other.close();
		await drop();
	});
});
