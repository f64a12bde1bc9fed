import { sql, type RawBuilder } from 'kysely';

import { currencyOf, decimalOf } from '../journeys';
import { millionths, valueAtPath, type JsonObject } from '../kernel';
import type { Dialect, Reader } from '../store';
import type { NamedConversion } from '../settings';

/** An event, or a goal, by which people convert. */
export type Converting = ({ kind: 'event' } & Omit<NamedConversion, 'name'>) | { kind: 'goal'; workflow: string; goal?: string };

/** One conversion of a person. */
export interface Reached {
	/** Of its row; unique among those of the question. */
	key: string;
	profile: number;
	at: number;
	/** Millionths; what is worth nothing has 0. Below 0: takes something back, nobody knows of what. */
	value: bigint;
	/** '' where none is known. */
	currency: string;
	/** Taken back as a whole. */
	refunded: boolean;
}

/** Which people are looked at: a stretch of ids, without test people, or one by name, whoever it is. */
export type Among = { after: number; upTo: number } | { profile: number };

/** UTC milliseconds; from `since` on, before `until`. */
export interface Stretch {
	since: number;
	until: number;
}

interface Row {
	id: number | string;
	profile: number;
	at: number;
}

/** Where a page ends: the next one begins behind it. */
export type Cursor = Row;

export interface Page {
	conversions: Reached[];
	/** null: there are no more of these people. */
	next: Cursor | null;
}

/** Conversions of these people in the order of person and time, at most `limit`. Two statements at most. `currency`: of what names none. */
export async function reachedPage(reader: Reader, converting: Converting, among: Among, stretch: Stretch, from: Cursor | null, limit: number, currency: string): Promise<Page> {
	return converting.kind === 'goal' ? await goalsPage(reader, converting, among, stretch, from, limit) : await eventsPage(reader, converting, among, stretch, from, limit, currency);
}

/** Profiles `p`. */
export function amongSql(among: Among): RawBuilder<boolean> {
	return 'profile' in among ? sql<boolean>`p.id = ${among.profile}` : sql<boolean>`p.id > ${among.after} and p.id <= ${among.upTo} and p.is_test = 0`;
}

function paged<Found extends Row>(rows: readonly Found[], limit: number, conversions: Reached[]): Page {
	const last = rows.at(-1);
	return { conversions, next: rows.length < limit || last === undefined ? null : { id: last.id, profile: last.profile, at: last.at } };
}

function behind(from: Cursor | null): RawBuilder<boolean> {
	return from === null ? sql<boolean>`1 = 1` : sql<boolean>`(c.profile, c.at, c.id) > (${from.profile}, ${from.at}, ${from.id})`;
}

async function goalsPage(reader: Reader, { workflow, goal }: Extract<Converting, { kind: 'goal' }>, among: Among, { since, until }: Stretch, from: Cursor | null, limit: number): Promise<Page> {
	const rows = await reader.all<Row & { value: string | null; currency: string | null }>(sql<Row & { value: string | null; currency: string | null }>`select c.id, c.profile, c.at, c.value, c.currency
		from (select g.id, g.profile, g.reached_at as at, g.value, g.currency from profile p cross join goal g where ${amongSql(among)} and g.profile = p.id and g.workflow = ${workflow}
			${goal === undefined ? sql`` : sql`and g.name = ${goal}`} and g.reached_at >= ${since} and g.reached_at < ${until}) as c
		where ${behind(from)} order by c.profile, c.at, c.id limit ${sql.lit(limit)}`);
	return paged(rows, limit, rows.map((row) => ({ key: String(row.id), profile: Number(row.profile), at: Number(row.at), value: millionths(row.value), currency: row.value === null ? '' : (row.currency ?? ''), refunded: false })));
}

interface EventRow extends Row {
	number: string | null;
	properties: JsonObject | string;
}

async function eventsPage(reader: Reader, converting: Extract<Converting, { kind: 'event' }>, among: Among, { since, until }: Stretch, from: Cursor | null, limit: number, currency: string): Promise<Page> {
	const { event, order } = converting;
	const rows = await reader.all<EventRow>(sql<EventRow>`select c.id, c.profile, c.at, c.number, c.properties
		from (select ev.id, ev.profile, ev.occurred_at as at, ev.properties, ${numberSql(reader.dialect, order)} as number, ${nthSql(reader.dialect, order)} as nth
			from profile p cross join event ev where ${amongSql(among)} and ev.profile = p.id and ev.name = ${event} and ev.historical < 2 and ev.occurred_at < ${until}
			${order === undefined ? sql`and ev.occurred_at >= ${since}` : sql``}) as c
		where c.nth = 1 and c.at >= ${since} and ${behind(from)} order by c.profile, c.at, c.id limit ${sql.lit(limit)}`);
	const found = rows.map((row) => ({ row, worth: worthOf(converting, row.properties, currency) }));
	const refunds = await refundsOf(reader, converting, rows);
	return paged(rows, limit, found.map(({ row, worth }) => afterRefunds(row, worth, refunds)));
}

/** Of an order that is told twice, by the page and by the server, the first counts, whenever it was. */
function nthSql(dialect: Dialect, order: string | undefined): RawBuilder<unknown> {
	if (order === undefined) return sql`1`;
	return sql`row_number() over (partition by ev.profile, coalesce(${numberSql(dialect, order)}, 'event ' || cast(ev.id as text)) order by ev.occurred_at, ev.id)`;
}

function numberSql(dialect: Dialect, order: string | undefined): RawBuilder<unknown> {
	return order === undefined ? sql`null` : sql`nullif(${dialect.jsonText(sql.ref('ev.properties'), order.split('.'))}, '')`;
}

interface Worth {
	value: bigint;
	currency: string;
	/** Whether it says what it is worth. */
	told: boolean;
}

function worthOf({ value, currency: code }: Extract<Converting, { kind: 'event' }>, properties: JsonObject | string, currency: string): Worth {
	const given = (typeof properties === 'string' ? JSON.parse(properties) : properties) as JsonObject;
	const amount = value === undefined ? null : decimalOf(valueAtPath(given, value));
	if (amount === null) return { value: 0n, currency: '', told: false };
	return { value: millionths(amount), currency: (code === undefined ? null : currencyOf(valueAtPath(given, code))) ?? currency, told: true };
}

interface Refund {
	profile: number;
	number: string;
	name: string;
	properties: JsonObject | string;
}

/** By person and number of the order: events that take it back, whenever they came. */
async function refundsOf(reader: Reader, converting: Extract<Converting, { kind: 'event' }>, orders: readonly EventRow[]): Promise<Map<string, Worth[]>> {
	const { event, order, refund } = converting;
	const numbered = orders.filter(({ number }) => number !== null);
	const found = new Map<string, Worth[]>();
	if (order === undefined || numbered.length === 0 || (refund === undefined && converting.value === undefined)) return found;
	const number = numberSql(reader.dialect, order);
	const rows = await reader.all<Refund>(sql<Refund>`select ev.profile, ${number} as number, ev.name, ev.properties
		from (select distinct r.profile, r.number from ${reader.dialect.rows(numbered, { profile: 'integer', number: 'text' }, 'r')}) as o
		cross join event ev where ev.profile = o.profile and ${reader.dialect.anyOf(sql`ev.name`, refund === undefined ? [event] : [event, refund])} and ev.historical < 2 and ${number} = o.number order by ev.id`);
	for (const row of rows) {
		const worth = worthOf(converting, row.properties, '');
		const takesBack = row.name === event ? worth.value < 0n : true;
		if (takesBack) found.set(orderKey(row), [...(found.get(orderKey(row)) ?? []), { ...worth, value: worth.value < 0n ? -worth.value : worth.value }]);
	}
	return found;
}

function orderKey({ profile, number }: { profile: number; number: string | null }): string {
	return `${profile} ${number ?? ''}`;
}

/** A refund that says no value takes all of it; one in another currency nothing, since nobody knows at which rate. */
function afterRefunds(row: EventRow, worth: Worth, refunds: ReadonlyMap<string, readonly Worth[]>): Reached {
	const reached = { key: String(row.id), profile: Number(row.profile), at: Number(row.at), currency: worth.currency };
	if (worth.value < 0n) return { ...reached, value: worth.value, refunded: false };
	const mine = (row.number === null ? [] : (refunds.get(orderKey(row)) ?? [])).filter(({ currency }) => currency === '' || currency === worth.currency);
	const taken = mine.reduce((sum, { value }) => sum + value, 0n);
	const refunded = mine.some(({ told }) => !told) || (taken > 0n && taken >= worth.value);
	return { ...reached, value: refunded ? 0n : worth.value - taken, refunded };
}
