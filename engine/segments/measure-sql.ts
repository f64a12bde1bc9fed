import { sql, type RawBuilder } from 'kysely';

import type { Dialect } from '../store';
import type { Measure, OrderOperator } from './types';

export const ORDER_SIGNS: Record<OrderOperator, string> = { equals: '=', notEquals: '<>', greater: '>', greaterOrEqual: '>=', less: '<', lessOrEqual: '<=' };

/**
 * A number over a property of the events in `from`, compared. Sums and averages are exact decimals, since money that is summed as
 * doubles makes 0.1 + 0.2 more than 0.3; an average is compared as sum against value times count, which needs no division.
 * Nothing to measure: the sum is 0, the others are absent, so that only notEquals holds.
 */
export function measureSql(dialect: Dialect, kind: 'sum' | 'min' | 'max' | 'average', measure: Measure, from: RawBuilder<unknown>): RawBuilder<boolean> {
	const path = measure.property.split('.');
	const column = sql.ref('happened.properties');
	const compared = kind === 'min' || kind === 'max'
		? sql<boolean>`${sql.raw(kind)}(${dialect.jsonNumber(column, path)}) ${sign(measure)} cast(${Number(measure.value)} as ${sql.raw(dialect.types.real)})`
		: dialect.name === 'sqlite' ? exactOnSqlite(dialect, kind, measure, column, path) : exactOnPostgres(dialect, kind, measure, column, path);
	// An aggregate without rows still gives one row, and null where nothing was measured.
	return sql<boolean>`coalesce((select ${compared} ${from}), ${sql.lit(measure.operator === 'notEquals')})`;
}

function exactOnSqlite(dialect: Dialect, kind: 'sum' | 'average', measure: Measure, column: RawBuilder<unknown>, path: string[]): RawBuilder<boolean> {
	const place = `$${path.map((part) => `.${JSON.stringify(part)}`).join('')}`;
	// The text of the JSON itself: SQLite's own number would be a double already.
	const text = sql`case when ${dialect.jsonNumber(column, path)} is not null then case json_type(${column}, ${place}) when 'text' then ${column} ->> ${place} else ${column} -> ${place} end end`;
	const value = sql`cast(${String(measure.value)} as text)`;
	return kind === 'sum'
		? sql<boolean>`compare_decimals(sum_exactly(${text}), ${value}, 1) ${sign(measure)} 0`
		: sql<boolean>`case when count(${text}) > 0 then compare_decimals(sum_exactly(${text}), ${value}, count(${text})) ${sign(measure)} 0 end`;
}

function exactOnPostgres(dialect: Dialect, kind: 'sum' | 'average', measure: Measure, column: RawBuilder<unknown>, path: string[]): RawBuilder<boolean> {
	const number = sql`case when ${dialect.jsonNumber(column, path)} is not null then (${dialect.jsonText(column, path)})::numeric end`;
	const value = sql`cast(cast(${String(measure.value)} as text) as numeric)`;
	return kind === 'sum'
		? sql<boolean>`coalesce(sum(${number}), 0) ${sign(measure)} ${value}`
		: sql<boolean>`sum(${number}) ${sign(measure)} ${value} * count(${number})`;
}

function sign(measure: Measure): RawBuilder<unknown> {
	return sql.raw(ORDER_SIGNS[measure.operator]);
}
