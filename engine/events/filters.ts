import { sql, type RawBuilder } from 'kysely';

import { EngineError } from '../kernel';
import type { Dialect } from '../store';
import type { EventMatch, FilterOperator, PropertyFilter } from './types';

/**
 * One meaning of a condition for entries, exits, waits and segments, on both databases.
 *
 * - A value exists unless it is absent, null, an empty text, an empty list or an empty object.
 * - equals, in: a number equals a number, or a text that reads as that number when one side is a number; two texts are equal
 *   only letter by letter ('007' is not '7'). true equals 'true'.
 * - greater, less and so on: as numbers when the value reads as a number (a property that does not is no match), else as
 *   texts by code point, which is the order of ISO dates.
 * - contains, startsWith, endsWith ignore case, letter by letter (store/dialect.ts, foldCase). On a list, contains asks for an element equal to the value.
 * - The negations are exact: notEquals, notContains, notIn and notExists hold where the positive does not, so also when absent.
 */
export function propertyFilterSql(dialect: Dialect, column: RawBuilder<unknown>, filter: PropertyFilter): RawBuilder<boolean> {
	checkPropertyFilter(filter);
	const at = new ValueAt(dialect, column, filter.path.split('.'));
	switch (filter.operator) {
		case 'exists': return at.exists();
		case 'notExists': return not(at.exists());
		case 'equals': return at.equalsAny([filter.value as Scalar]);
		case 'notEquals': return not(at.equalsAny([filter.value as Scalar]));
		case 'in': return at.equalsAny(filter.value as Scalar[]);
		case 'notIn': return not(at.equalsAny(filter.value as Scalar[]));
		case 'contains': return at.contains(String(filter.value));
		case 'notContains': return not(at.contains(String(filter.value)));
		case 'startsWith': return at.startsWith(String(filter.value));
		case 'endsWith': return at.endsWith(String(filter.value));
		case 'greater': return at.compares('>', filter.value as string | number);
		case 'greaterOrEqual': return at.compares('>=', filter.value as string | number);
		case 'less': return at.compares('<', filter.value as string | number);
		case 'lessOrEqual': return at.compares('<=', filter.value as string | number);
		case 'isTrue': return at.readsAs('true', '1');
		case 'isFalse': return at.readsAs('false', '0');
	}
}

/** Whether a row of `event` under this alias is the event that is meant: its name and all filters. */
export function eventMatchSql(dialect: Dialect, match: EventMatch, alias: string): RawBuilder<boolean> {
	checkEventMatch(match);
	const conditions = [sql<boolean>`${sql.ref(`${alias}.name`)} = ${match.event}`];
	for (const filter of match.filters ?? []) conditions.push(propertyFilterSql(dialect, sql.ref(`${alias}.properties`), filter));
	return sql<boolean>`(${sql.join(conditions, sql` and `)})`;
}

type Scalar = string | number | boolean;

const NEEDS: Readonly<Record<FilterOperator, 'nothing' | 'scalar' | 'text' | 'order' | 'list'>> = {
	equals: 'scalar', notEquals: 'scalar', contains: 'text', notContains: 'text', startsWith: 'text', endsWith: 'text',
	greater: 'order', greaterOrEqual: 'order', less: 'order', lessOrEqual: 'order', in: 'list', notIn: 'list',
	exists: 'nothing', notExists: 'nothing', isTrue: 'nothing', isFalse: 'nothing',
};
const LONGEST_LIST = 1000;
const LONGEST_TEXT = 2000;
const LONGEST_PATH = 500;
/** As the databases read a text as a number: store/dialect.ts. */
const NUMBER_PATTERN = /^[ \t\r\n]*[-+]?([0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})([eE][-+]?[0-9]{1,2})?[ \t\r\n]*$/;

/** Throws RULE_INVALID with what to do. */
export function checkPropertyFilter(filter: PropertyFilter): void {
	if (typeof filter !== 'object' || filter === null || typeof filter.path !== 'string') throw invalid('A condition needs a path and an operator.');
	const { path, operator, value } = filter;
	const parts = path.split('.');
	if (path.length > LONGEST_PATH || path.includes('\0') || parts.some((part) => part === '')) throw invalid(`"${path.slice(0, 60)}" is not a path: write a name, or names with dots between them.`);
	// PostgreSQL would count into a list here, SQLite would not.
	if (parts.some((part, n) => n > 0 && /^-?\d+$/.test(part))) throw invalid(`The path "${path}" points into a list by a number; use "contains" on the list instead.`);
	const need = Object.hasOwn(NEEDS, operator) ? NEEDS[operator] : undefined;
	if (need === undefined) throw invalid(`"${String(operator)}" is not an operator: use ${Object.keys(NEEDS).join(', ')}.`);
	const where = `The condition on "${path}" (${operator})`;
	if (need === 'list') {
		if (!Array.isArray(value) || value.length > LONGEST_LIST || !value.every(isScalar)) throw invalid(`${where} needs a list of at most ${LONGEST_LIST} texts or numbers.`);
	} else if (need !== 'nothing') {
		if (!isScalar(value)) throw invalid(`${where} needs a value: a text, a number${need === 'scalar' ? ', true or false' : ''}.`);
		if (need === 'order' && typeof value === 'boolean') throw invalid(`${where} needs a number or a text to compare with, not true or false.`);
		if (need === 'text' && value === '') throw invalid(`${where} needs a text that is not empty.`);
	}
}

/** Throws RULE_INVALID with what to do. */
export function checkEventMatch(match: EventMatch): void {
	if (typeof match !== 'object' || match === null || typeof match.event !== 'string' || match.event === '' || match.event.includes('\0')) throw invalid('An event condition needs the name of an event.');
	if (match.filters !== undefined && !Array.isArray(match.filters)) throw invalid(`The filters on the event "${match.event}" are not a list.`);
	for (const filter of match.filters ?? []) checkPropertyFilter(filter);
}

function isScalar(value: unknown): value is Scalar {
	if (typeof value === 'string') return value.length <= LONGEST_TEXT && !value.includes('\0');
	return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

function invalid(message: string): EngineError {
	return new EngineError('RULE_INVALID', message);
}

/** Conditions are never null, so that `not` is exact. */
function not(condition: RawBuilder<boolean>): RawBuilder<boolean> {
	return sql<boolean>`(not ${condition})`;
}

function sure(condition: RawBuilder<boolean>): RawBuilder<boolean> {
	return sql<boolean>`coalesce(${condition}, false)`;
}

function any(conditions: Array<RawBuilder<boolean>>): RawBuilder<boolean> {
	return conditions.length === 0 ? sql<boolean>`false` : sql<boolean>`(${sql.join(conditions, sql` or `)})`;
}

/** What stands at a path of a JSON column, as SQL. */
class ValueAt {
	private readonly type: RawBuilder<string | null>;
	private readonly number: RawBuilder<number | null>;
	/** Text of a text, number or boolean; null for what is absent, a list or an object. */
	private readonly text: RawBuilder<string | null>;

	constructor(
		private readonly dialect: Dialect,
		private readonly column: RawBuilder<unknown>,
		private readonly path: readonly string[],
	) {
		this.type = dialect.jsonType(column, path);
		this.number = dialect.jsonNumber(column, path);
		const raw = dialect.jsonText(column, path);
		// SQLite gives 1 and 0 for true and false.
		this.text = sql<string | null>`case ${this.type} when 'text' then ${raw} when 'number' then ${raw}
			when 'boolean' then case when ${raw} in ('1', 'true') then 'true' else 'false' end end`;
	}

	exists(): RawBuilder<boolean> {
		return sure(sql<boolean>`${this.type} in ('number', 'boolean')
			or (${this.type} in ('text', 'list', 'object') and ${this.dialect.jsonText(this.column, this.path)} not in ('', '[]', '{}'))
			or (${this.type} = 'text' and ${this.dialect.jsonText(this.column, this.path)} in ('[]', '{}'))`);
	}

	equalsAny(values: readonly Scalar[]): RawBuilder<boolean> {
		const texts = [...new Set(values.map((value) => (typeof value === 'number' ? null : String(value))))].filter((text) => text !== null);
		const conditions: Array<RawBuilder<boolean>> = [];
		// Only a text can equal a text that reads as nothing else. Its value is looked at first and its type for the few that match: a third
		// less time for a million people.
		const isPlain = (text: string): boolean => text !== 'true' && text !== 'false' && !NUMBER_PATTERN.test(text);
		const plain = texts.filter(isPlain);
		if (plain.length > 0) conditions.push(sql<boolean>`(case when ${this.oneOf(this.value(), plain)} then ${this.type} = 'text' else false end)`);
		const others = texts.filter((text) => !isPlain(text));
		if (others.length > 0) conditions.push(sure(this.oneOf(this.text, others)));
		const numbers = [...new Set(values.filter((value) => typeof value === 'number'))];
		if (numbers.length > 0) conditions.push(sure(sql<boolean>`${this.number} in (${sql.join(numbers.map((value) => this.boundNumber(value)))})`));
		const readAsNumbers = texts.filter((text) => NUMBER_PATTERN.test(text)).map(Number);
		if (readAsNumbers.length > 0) {
			conditions.push(sure(sql<boolean>`${this.type} = 'number' and ${this.number} in (${sql.join(readAsNumbers.map((value) => this.boundNumber(value)))})`));
		}
		return any(conditions);
	}

	/** As it stands; on SQLite a number stays one, and equals no text. */
	private value(): RawBuilder<unknown> {
		return this.dialect.name === 'sqlite' ? sql`${this.column} ->> ${this.sqlitePath()}` : this.dialect.jsonText(this.column, this.path);
	}

	private sqlitePath(): string {
		return `$${this.path.map((name) => `.${JSON.stringify(name)}`).join('')}`;
	}

	private oneOf(text: RawBuilder<unknown>, values: readonly string[]): RawBuilder<boolean> {
		return values.length === 1 ? sql<boolean>`${text} = ${this.bound(values[0] ?? '')}` : this.dialect.anyOf(sql`(${text})`, values);
	}

	compares(operator: '>' | '>=' | '<' | '<=', value: string | number): RawBuilder<boolean> {
		if (typeof value === 'number' || NUMBER_PATTERN.test(value)) return sure(sql<boolean>`${this.number} ${sql.raw(operator)} ${this.boundNumber(Number(value))}`);
		return sure(sql<boolean>`(${this.text}) ${this.byCodePoint()} ${sql.raw(operator)} ${this.bound(value)}`);
	}

	contains(part: string): RawBuilder<boolean> {
		return any([sure(this.dialect.contains(sql`(${this.text})`, this.bound(part))), this.hasElement(part)]);
	}

	startsWith(part: string): RawBuilder<boolean> {
		const folded = this.fold(this.bound(part));
		return sure(sql<boolean>`substr(${this.fold(this.text)}, 1, length(${folded})) = ${folded}`);
	}

	endsWith(part: string): RawBuilder<boolean> {
		const folded = this.fold(this.bound(part));
		const text = this.fold(this.text);
		return sure(sql<boolean>`length(${text}) >= length(${folded}) and substr(${text}, length(${text}) - length(${folded}) + 1) = ${folded}`);
	}

	readsAs(...words: string[]): RawBuilder<boolean> {
		return sure(sql<boolean>`${this.fold(this.text)} in (${sql.join(words.map((word) => this.bound(word)))})`);
	}

	private hasElement(part: string): RawBuilder<boolean> {
		const wanted = this.fold(this.bound(part));
		if (this.dialect.name === 'sqlite') {
			return sure(sql<boolean>`case when ${this.type} = 'list' then exists (select 1 from json_each(${this.column}, ${this.sqlitePath()}) as element
				where case element.type when 'true' then 'true' when 'false' then 'false' when 'null' then null when 'array' then null when 'object' then null
					else fold_case(cast(element.value as text)) end = ${wanted}) end`);
		}
		const value = sql`(${this.column} #> ${this.path}::text[])`;
		return sure(sql<boolean>`case when ${this.type} = 'list' then exists (
			select 1 from jsonb_array_elements(case when jsonb_typeof(${value}) = 'array' then ${value} else '[]'::jsonb end) as element(item)
			where jsonb_typeof(element.item) in ('string', 'number', 'boolean') and ${this.fold(sql`element.item #>> '{}'`)} = ${wanted}) end`);
	}

	private fold(text: RawBuilder<unknown>): RawBuilder<string> {
		return this.dialect.foldCase(text);
	}

	private byCodePoint(): RawBuilder<unknown> {
		return this.dialect.name === 'sqlite' ? sql`collate binary` : sql`collate "C"`;
	}

	/** A parameter alone has no type on PostgreSQL. */
	private bound(text: string): RawBuilder<string> {
		return sql<string>`cast(${text} as text)`;
	}

	private boundNumber(value: number): RawBuilder<number> {
		return sql<number>`cast(${value} as ${sql.raw(this.dialect.types.real)})`;
	}
}
