import { sql, type RawBuilder } from 'kysely';

import { checkPropertyFilter } from '../events';
import { monotonicMs } from '../kernel';
import type { Reader, Store } from '../store';
import type { ValuesOf } from './types';

const MOST_VALUES = 100;
const LONGEST_VALUE = 200;
/** How far back a list reaches that nobody searches, in rows: the newest tell what is written now, and a rare event must not be looked for through all of them. */
const NEWEST = { profile: 5_000, account: 5_000, event: 20_000 } as const;
/** Rows a statement of a search. SQLite reads in the engine's thread, 30 ms so many. */
const SLICE = { sqlite: 10_000, postgres: 50_000 } as const;
const SEARCH_MS = 10_000;

type Table = keyof typeof NEWEST;

/** What holds the values: a JSON column, of which rows, and the path in it. */
interface Holder {
	table: Table;
	column: 'attributes' | 'properties';
	where: RawBuilder<boolean>;
	path: string[];
}

/** By value: how often it was met. */
type Tally = Map<string, number>;

/**
 * What SegmentsApi.values says. A search reads all rows, the newest first, until it has found as many values as a list shows, or ten
 * seconds are over; what is older is typed. Measured with 400 bytes of attributes a person, on two cores that had much other work: where nobody
 * has the value, a million people cost 3 s of processor time on SQLite and take 4 to 7 s on PostgreSQL; where 100 values contain it soon, 0.2 s. No index: the attribute may be
 * any, and one over all values of everybody would cost each change more than a dropdown is worth. `elapsedMs`: a clock that is never set back.
 */
export async function valuesOf(store: Store, of: ValuesOf, { search = '' }: { search?: string } = {}, elapsedMs: () => number = monotonicMs): Promise<string[]> {
	const holder = holderOf(of);
	const wanted = search.trim();
	const found: Tally = new Map();
	if (wanted === '') await store.read((reader) => tallySlice(reader, holder, { before: null, rows: NEWEST[holder.table] }, '', found));
	else await searchAll(store, holder, wanted, elapsedMs, found);
	return [...found].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, MOST_VALUES).map(([value]) => value);
}

async function searchAll(store: Store, holder: Holder, wanted: string, elapsedMs: () => number, found: Tally): Promise<void> {
	const startedMs = elapsedMs();
	for (let before: number | null = null; ; ) {
		before = await store.read((reader) => tallySlice(reader, holder, { before, rows: SLICE[reader.dialect.name] }, wanted, found));
		if (before === null || found.size >= MOST_VALUES || elapsedMs() - startedMs >= SEARCH_MS) return;
		// SQLite answers without leaving the thread: events and sends would wait for the whole search.
		await new Promise((resolve) => setImmediate(resolve));
	}
}

function holderOf(of: ValuesOf): Holder {
	const path = 'attribute' in of ? of.attribute : 'groupAttribute' in of ? of.groupAttribute : of.property;
	checkPropertyFilter({ path, operator: 'exists' });
	const where = 'event' in of ? sql<boolean>`name = ${of.event}` : sql<boolean>`true`;
	const table = 'event' in of ? 'event' : 'groupAttribute' in of ? 'account' : 'profile';
	return { table, column: table === 'event' ? 'properties' : 'attributes', where, path: path.split('.') };
}

/** Adds the values of the newest rows before an id; answers with the id where the next slice ends, null when there is none. */
async function tallySlice(reader: Reader, holder: Holder, { before, rows }: { before: number | null; rows: number }, wanted: string, found: Tally): Promise<number | null> {
	const table = sql.table(holder.table);
	const under = before === null ? sql<boolean>`true` : sql<boolean>`id < ${before}`;
	// By the primary key alone; ids have gaps.
	const lowest = (await reader.first(sql<{ id: number | null }>`select min(id) as id from (select id from ${table} where ${under} order by id desc limit ${sql.lit(rows)}) as slice`))?.id ?? null;
	if (lowest === null) return null;
	await tally(reader, holder, sql<boolean>`id >= ${lowest} and ${under}`, wanted, found);
	return lowest;
}

async function tally(reader: Reader, { table, column, where, path }: Holder, within: RawBuilder<boolean>, wanted: string, found: Tally): Promise<void> {
	const { dialect } = reader;
	const held = sql`(select ${sql.ref(column)} as json from ${sql.table(table)} where ${within} and ${where}) as held`;
	const { from, value, isBoolean } = itemsAt(reader, path);
	// Values first, each once: the letters of a plan that a million people have are compared once a slice.
	const contains = wanted === '' ? sql`true` : dialect.contains(sql.ref('value'), sql`cast(${wanted} as text)`);
	const rows = await reader.all(
		sql<{ value: string; is_boolean: number; n: number }>`select value, is_boolean, n from (
				select value, max(is_boolean) as is_boolean, count(*) as n from (select ${value} as value, case when ${isBoolean} then 1 else 0 end as is_boolean from ${held} ${from}) as items
				where value is not null and value <> '' and length(value) <= ${sql.lit(LONGEST_VALUE)} group by value
			) as seen where ${contains} order by n desc, value limit ${sql.lit(MOST_VALUES)}`,
	);
	for (const { value: one, n } of rows) found.set(one, (found.get(one) ?? 0) + Number(n));
	// Where one of the two was met, the other is a value as well.
	if (rows.some(({ is_boolean }) => Number(is_boolean) === 1)) for (const one of ['true', 'false']) if (one.includes(wanted.toLowerCase())) found.set(one, found.get(one) ?? 0);
}

/** The scalar that stands at a path of held.json, or each scalar of the list there: what to join, its text (null of anything else), and whether it is true or false. */
function itemsAt({ dialect }: Reader, path: readonly string[]): { from: RawBuilder<unknown>; value: RawBuilder<string | null>; isBoolean: RawBuilder<boolean> } {
	if (dialect.name === 'sqlite') {
		const at = `$${path.map((name) => `.${JSON.stringify(name)}`).join('')}`;
		return {
			// An object would be taken apart like a list.
			from: sql`join json_each(held.json, ${at}) as item on json_type(held.json, ${at}) <> 'object'`,
			value: sql<string | null>`case item.type when 'true' then 'true' when 'false' then 'false' when 'text' then item.value when 'integer' then cast(item.value as text) when 'real' then cast(item.value as text) end`,
			isBoolean: sql<boolean>`item.type in ('true', 'false')`,
		};
	}
	const there = sql`(held.json #> ${path}::text[])`;
	return {
		from: sql`cross join lateral jsonb_array_elements(case jsonb_typeof(${there}) when 'array' then ${there} else jsonb_build_array(${there}) end) as item(json)`,
		value: sql<string | null>`case when jsonb_typeof(item.json) in ('string', 'number', 'boolean') then item.json #>> '{}' end`,
		isBoolean: sql<boolean>`jsonb_typeof(item.json) = 'boolean'`,
	};
}
