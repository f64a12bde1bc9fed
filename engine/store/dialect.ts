import { sql, type RawBuilder } from 'kysely';

import { cleanJson, isUnstorable, shortId } from '../kernel';

export type ColumnType = 'text' | 'integer' | 'real' | 'json';

/** Where the two databases differ, as small SQL pieces; everything else is one SQL. */
export interface Dialect {
	readonly name: 'sqlite' | 'postgres';
	/**
	 * A table expression over an array of plain objects, bound as one JSON value: constant number of statements for any batch. What is missing and what is null
	 * are SQL's null, JSON columns too. The alias is part of it: `from ${dialect.rows(list, { id: 'text', at: 'integer' }, 'r')}`.
	 */
	rows(list: readonly object[], columns: Record<string, ColumnType>, alias: string): RawBuilder<unknown>;
	/** `expression in (list)`, bound as one value. */
	anyOf(expression: RawBuilder<unknown>, list: readonly (number | string)[]): RawBuilder<boolean>;
	/** A bound JSON value for a JSON column. */
	json(value: unknown): RawBuilder<unknown>;
	/** Text at a path of a JSON column (null when absent or JSON null). Lists and objects come as JSON text. */
	jsonText(column: RawBuilder<unknown>, path: readonly string[]): RawBuilder<string | null>;
	/** 'null' | 'boolean' | 'number' | 'text' | 'list' | 'object'; SQL null when absent. */
	jsonType(column: RawBuilder<unknown>, path: readonly string[]): RawBuilder<string | null>;
	/** Number at a path when the value is a number or a text that reads as one, else null. */
	jsonNumber(column: RawBuilder<unknown>, path: readonly string[]): RawBuilder<number | null>;
	/** Degrees of a text that reads as a place ("52.52, 13.4": latitude first), else null. */
	textDegrees(text: RawBuilder<unknown>, axis: 'lat' | 'lon'): RawBuilder<number | null>;
	/** The exact sum of a text column of decimals, as text; null without rows. */
	sumDecimals(column: RawBuilder<unknown>): RawBuilder<string | null>;
	/**
	 * A column by which rows are only sorted out, not searched: without figures of the table SQLite takes the beginning of a primary key for the better index, and reads all identities of a kind
	 * to find those of a few people.
	 */
	unsearched(column: RawBuilder<unknown>): RawBuilder<unknown>;
	/** `for update` where rows must be locked. */
	readonly forUpdate: RawBuilder<unknown>;
	/** `for share` where rows must not change, but others may read them as well. */
	readonly forShare: RawBuilder<unknown>;
	/** `for update skip locked` for claims. */
	readonly skipLocked: RawBuilder<unknown>;
	/** A text with capital and small letters made one, letter by letter and alike on both databases (foldCase). */
	foldCase(text: RawBuilder<unknown>): RawBuilder<string>;
	/** Whether a text contains another, case-insensitive. */
	contains(text: RawBuilder<unknown>, part: RawBuilder<unknown>): RawBuilder<boolean>;
	/** Names of columns for migrations. */
	readonly types: {
		id: string; int: string; json: string; real: string; withoutRowid: string;
		/** SQL of engine/journeys' placeOf, from the SQL of a workflow's and a step's id. */
		shortStep(workflow: string, step: string): string;
	};
}

function path(parts: readonly string[]): string {
	return `$${parts.map((part) => `.${JSON.stringify(part)}`).join('')}`;
}

/**
 * A text that reads as a number. Of limited length, and with the white space that PostgreSQL's numbers allow: '1e999' or a
 * number between em spaces would be an error of the cast, and one visitor's property would stop everybody's events.
 */
export const NUMBER_PATTERN = '^[ \\t\\r\\n]*[-+]?([0-9]{1,40}\\.?[0-9]{0,40}|\\.[0-9]{1,40})([eE][-+]?[0-9]{1,2})?[ \\t\\r\\n]*$';

/** A text that reads as a place: latitude and longitude in degrees, as maps give them. Of limited length, as numbers are. */
const PLACE_PATTERN = '^[ \\t\\r\\n]*(-?[0-9]{1,2}(?:\\.[0-9]{1,40})?)[ \\t\\r\\n]*,[ \\t\\r\\n]*(-?[0-9]{1,3}(?:\\.[0-9]{1,40})?)[ \\t\\r\\n]*$';
/** Where each stands in the pattern. */
const PLACE_PARTS = { lat: 1, lon: 2 } as const;

/** Shorter lists are always the same statement, so that it stays prepared. */
const MANY = 50;

/**
 * What a column of many rows says in each of them, JSON as its text; undefined where that differs. SQLite reads a column out of the JSON again for each row and each place that
 * names it: of the ten columns of a park eight are the same for everybody.
 */
function sameInAll(list: ReadonlyArray<Record<string, unknown>>, name: string, type: ColumnType): string | number | null | undefined {
	if (list.length < MANY) return undefined;
	const given = list[0]?.[name];
	const first = comparable(given, type);
	if (first === undefined) return undefined;
	return list.every(({ [name]: value }) => value === given || comparable(value, type) === first) ? first : undefined;
}

function comparable(value: unknown, type: ColumnType): string | number | null | undefined {
	if (value === undefined || value === null) return null;
	if (type === 'json') return JSON.stringify(value);
	return typeof value === 'string' || Number.isSafeInteger(value) ? (value as string | number) : undefined;
}

/** A column that says the same in all rows, bound once; undefined where it has to be read row by row. */
function boundOnce(list: ReadonlyArray<Record<string, unknown>>, name: string, type: ColumnType): RawBuilder<unknown> | undefined {
	const same = sameInAll(list, name, type);
	if (same === null) return sql`null as ${sql.ref(name)}`;
	if (typeof same === 'string' && (type === 'text' || type === 'json')) return sql`${same} as ${sql.ref(name)}`;
	// The driver binds numbers as floating point.
	if (typeof same === 'number' && type === 'integer') return sql`cast(${same} as integer) as ${sql.ref(name)}`;
	return undefined;
}

/**
 * What is bound of many rows, and SQL that reads a column out of one. A column that is alone needs nothing around it, which costs a fifth of reading it out of an object; several
 * are read faster by their places. JSON is left by its name, and its null is SQL's, as PostgreSQL has it.
 */
function readBy(list: ReadonlyArray<Record<string, unknown>>, names: readonly string[], columns: Record<string, ColumnType>): { values: readonly unknown[]; column: (name: string) => RawBuilder<unknown> } {
	if (list.length < MANY || names.some((name) => columns[name] === 'json')) {
		return { values: list, column: (name) => (columns[name] === 'json' ? sql`nullif(value -> ${sql.lit(path([name]))}, 'null')` : sql`value ->> ${sql.lit(path([name]))}`) };
	}
	const [alone = '', ...more] = names;
	if (more.length === 0) return { values: list.map(({ [alone]: value }) => value ?? null), column: () => sql.raw('value') };
	return { values: list.map((row) => names.map((name) => row[name] ?? null)), column: (name) => sql`value ->> ${sql.lit(names.indexOf(name))}` };
}

export const sqliteDialect: Dialect = {
	name: 'sqlite',
	rows(list, columns, alias) {
		const given = list as ReadonlyArray<Record<string, unknown>>;
		const once = new Map(Object.entries(columns).map(([name, type]) => [name, boundOnce(given, name, type)]));
		const read = Object.keys(columns).filter((name) => once.get(name) === undefined);
		const { values, column } = readBy(given, read, columns);
		const picks = Object.keys(columns).map((name) => once.get(name) ?? sql`${column(name)} as ${sql.ref(name)}`);
		return sql`(select ${sql.join(picks)} from json_each(${JSON.stringify(values)})) as ${sql.ref(alias)}`;
	},
	anyOf: (expression, list) => sql<boolean>`${expression} in (select value from json_each(${JSON.stringify(list)}))`,
	json: (value) => sql`${JSON.stringify(value)}`,
	jsonText: (column, parts) => sql<string | null>`cast(${column} ->> ${path(parts)} as text)`,
	jsonType: (column, parts) => sql<string | null>`case json_type(${column}, ${path(parts)})
		when 'null' then 'null' when 'true' then 'boolean' when 'false' then 'boolean' when 'integer' then 'number'
		when 'real' then 'number' when 'text' then 'text' when 'array' then 'list' when 'object' then 'object' end`,
	jsonNumber: (column, parts) => sql<number | null>`case json_type(${column}, ${path(parts)})
		when 'integer' then ${column} ->> ${path(parts)} when 'real' then ${column} ->> ${path(parts)}
		when 'text' then text_number(${column} ->> ${path(parts)}) end`,
	textDegrees: (text, axis) => sql<number | null>`text_degrees(${text}, ${axis})`,
	sumDecimals: (column) => sql<string | null>`sum_decimals(${column})`,
	unsearched: (column) => sql`+${column}`,
	forUpdate: sql``,
	forShare: sql``,
	skipLocked: sql``,
	foldCase: (text) => sql<string>`fold_case(${text})`,
	contains: (text, part) => sql<boolean>`instr(fold_case(${text}), fold_case(${part})) > 0`,
	types: { id: 'integer primary key', int: 'integer', json: 'text', real: 'real', withoutRowid: 'without rowid', shortStep: (workflow, step) => `short_step(${workflow}, ${step})` },
};

/** As foldCase. lower() knows no endings of words; of the İ it makes what the database's locale says. */
function foldedOnPostgres(text: RawBuilder<unknown>): RawBuilder<string> {
	return sql<string>`translate(lower(translate(${text}, 'İ', 'i')), 'ς', 'σ')`;
}

/**
 * As jsonb takes it. Items, feeds and templates come from anywhere, and a text that was cut in the middle of an emoji, in one of them, would refuse the
 * statement of the whole batch: who had their message already would be recorded by nobody.
 */
function jsonbText(value: unknown): string {
	const json = JSON.stringify(value);
	return isUnstorable(json) ? JSON.stringify(cleanJson(JSON.parse(json))) : json;
}

export const postgresDialect: Dialect = {
	name: 'postgres',
	rows(list, columns, alias) {
		const names: Record<ColumnType, string> = { text: 'text', integer: 'bigint', real: 'double precision', json: 'jsonb' };
		const shape = Object.entries(columns).map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(names[type])}`);
		return sql`jsonb_to_recordset(${jsonbText(list)}::jsonb) as ${sql.ref(alias)}(${sql.join(shape)})`;
	},
	anyOf: (expression, list) =>
		// An empty list has no type of its own, and `bigint = any(text[])` is an error.
		list.length === 0
			? sql<boolean>`false`
			: typeof list[0] === 'number'
			? sql<boolean>`${expression} = any(${list}::bigint[])`
			: sql<boolean>`${expression} = any(${list}::text[])`,
	json: (value) => sql`${jsonbText(value)}::jsonb`,
	jsonText: (column, parts) => sql<string | null>`(${column} #>> ${parts}::text[])`,
	jsonType: (column, parts) => sql<string | null>`case jsonb_typeof(${column} #> ${parts}::text[])
		when 'string' then 'text' when 'array' then 'list' else jsonb_typeof(${column} #> ${parts}::text[]) end`,
	jsonNumber: (column, parts) => sql<number | null>`case
		when jsonb_typeof(${column} #> ${parts}::text[]) = 'number'
			or (jsonb_typeof(${column} #> ${parts}::text[]) = 'string' and (${column} #>> ${parts}::text[]) ~ ${NUMBER_PATTERN})
		then (${column} #>> ${parts}::text[])::double precision end`,
	textDegrees: (text, axis) => sql<number | null>`(regexp_match(${text}, ${PLACE_PATTERN}))[${sql.lit(PLACE_PARTS[axis])}]::double precision`,
	sumDecimals: (column) => sql<string | null>`sum(cast(${column} as numeric))::text`,
	unsearched: (column) => column,
	forUpdate: sql`for update`,
	forShare: sql`for share`,
	skipLocked: sql`for update skip locked`,
	foldCase: foldedOnPostgres,
	contains: (text, part) => sql<boolean>`strpos(${foldedOnPostgres(text)}, ${foldedOnPostgres(part)}) > 0`,
	types: {
		id: 'bigint generated by default as identity primary key',
		int: 'bigint',
		json: 'jsonb',
		real: 'double precision',
		withoutRowid: '',
		shortStep: (workflow, step) => `translate(left(encode(sha256(convert_to('5:place' || length(${workflow}) || ':' || ${workflow} || length(${step}) || ':' || ${step}, 'UTF8')), 'base64'), 8), '+/', '-_')`,
	},
};

/** For SQLite's user function `short_step`; the same as PostgreSQL's expression and engine/journeys' placeOf. */
export function shortStep(workflow: unknown, step: unknown): string {
	return shortId('place', String(workflow), String(step));
}

/** A text that reads as a number, for SQLite's user function `text_number`; the same pattern as PostgreSQL's. */
export function textNumber(text: unknown): number | null {
	return typeof text === 'string' && new RegExp(NUMBER_PATTERN).test(text) ? Number(text) : null;
}

/** Degrees of a text that reads as a place, for SQLite's user function `text_degrees`; the same pattern as PostgreSQL's. */
export function textDegrees(text: unknown, axis: unknown): number | null {
	const found = typeof text === 'string' ? new RegExp(PLACE_PATTERN).exec(text) : null;
	return found === null ? null : Number(found[axis === 'lat' ? PLACE_PARTS.lat : PLACE_PARTS.lon]);
}

/**
 * For SQLite's user function `fold_case`: letter by letter, so that what a text contains does not depend on what stands around it. JavaScript
 * makes of the last sigma of a word another letter than of the others, and of the Turkish İ two characters; both are one here, as ς and σ are.
 */
export function foldCase(text: unknown): string | null {
	return text === null ? null : String(text).replaceAll('İ', 'i').toLowerCase().replaceAll('ς', 'σ');
}
