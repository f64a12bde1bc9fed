import { sql, type RawBuilder } from 'kysely';

import { eventMatchSql, propertyFilterSql } from '../events';
import type { Dialect } from '../store';
import { conditionsOf, shapeOf } from './rule';
import type { EventRule, SegmentRule } from './types';

/**
 * Whether a rule holds for a row of `profile` under this alias at an instant. The one implementation: a full build, a batch
 * and one person differ only in which rows of `profile` are asked. Never null.
 */
export function ruleSql(dialect: Dialect, rule: SegmentRule, nowMs: number, alias: string): RawBuilder<boolean> {
	const shape = shapeOf(rule);
	switch (shape.kind) {
		case 'all': return joined(shape.rules.map((inner) => ruleSql(dialect, inner, nowMs, alias)), 'and');
		case 'any': return joined(shape.rules.map((inner) => ruleSql(dialect, inner, nowMs, alias)), 'or');
		case 'none': return sql<boolean>`(not ${joined(shape.rules.map((inner) => ruleSql(dialect, inner, nowMs, alias)), 'or')})`;
		case 'attribute': {
			const { attribute, operator, value } = shape.rule;
			return propertyFilterSql(dialect, sql.ref(`${alias}.attributes`), value === undefined ? { path: attribute, operator } : { path: attribute, operator, value });
		}
		case 'event': return eventSql(dialect, shape.rule, nowMs, alias);
	}
}

function joined(parts: Array<RawBuilder<boolean>>, word: 'and' | 'or'): RawBuilder<boolean> {
	if (parts.length === 0) return word === 'and' ? sql<boolean>`true` : sql<boolean>`false`;
	return sql<boolean>`(${sql.join(parts, sql` ${sql.raw(word)} `)})`;
}

function eventSql(dialect: Dialect, rule: EventRule, nowMs: number, alias: string): RawBuilder<boolean> {
	const from = sql`from event happened where ${happened(dialect, rule, nowMs, alias)}`;
	const { operator, value } = rule.count ?? { operator: 'atLeast', value: 1 };
	// Never counts further than the answer needs: someone with 100,000 page views costs no more than someone with two.
	const count = (upTo: number) => sql<number>`(select count(*) from (select 1 ${from} limit ${sql.lit(upTo)}) as counted)`;
	switch (operator) {
		case 'atLeast':
			if (value === 0) return sql<boolean>`true`;
			return value === 1 ? sql<boolean>`exists (select 1 ${from})` : sql<boolean>`${count(value)} >= ${sql.lit(value)}`;
		case 'atMost':
			return value === 0 ? sql<boolean>`(not exists (select 1 ${from}))` : sql<boolean>`${count(value + 1)} <= ${sql.lit(value)}`;
		case 'exactly':
			return value === 0 ? sql<boolean>`(not exists (select 1 ${from}))` : sql<boolean>`${count(value + 1)} = ${sql.lit(value)}`;
	}
}

/** An event is inside a window of W ms from the instant it happened and no longer at the instant W ms later. */
function happened(dialect: Dialect, rule: EventRule, nowMs: number, alias: string): RawBuilder<boolean> {
	const conditions = [sql<boolean>`happened.profile = ${sql.ref(`${alias}.id`)}`, eventMatchSql(dialect, rule, 'happened')];
	if (rule.withinSeconds !== undefined) conditions.push(sql<boolean>`happened.occurred_at > ${big(dialect, nowMs - windowMs(rule))}`);
	return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

function windowMs(rule: EventRule): number {
	return Math.round((rule.withinSeconds ?? 0) * 1000);
}

function big(dialect: Dialect, value: number): RawBuilder<number> {
	return sql<number>`cast(${value} as ${sql.raw(dialect.types.int)})`;
}

const NEVER = 9_000_000_000_000_000;

/**
 * The next instant (UTC ms) at which time alone may change the answer for a row of `profile`, or null when it never will.
 * With n events inside the window, "at least n" ends when the n-th newest leaves it, "at most n" begins when the (n+1)-th
 * does; "exactly n" may do either. The rule cannot change before the earliest of these.
 * null instead of SQL: the rule has no window.
 */
export function nextChangeSql(dialect: Dialect, rule: SegmentRule, nowMs: number, alias: string): RawBuilder<number | null> | null {
	const moments: Array<RawBuilder<number>> = [];
	for (const condition of conditionsOf(rule)) {
		if (!('event' in condition) || condition.withinSeconds === undefined) continue;
		const { operator, value } = condition.count ?? { operator: 'atLeast', value: 1 };
		const leaves = (newest: number) =>
			sql<number | null>`(select happened.occurred_at + ${big(dialect, windowMs(condition))} from event happened
				where ${happened(dialect, condition, nowMs, alias)} order by happened.occurred_at desc limit 1 offset ${sql.lit(newest - 1)})`;
		const candidates: Array<RawBuilder<number | null>> = [];
		if (operator !== 'atLeast') candidates.push(leaves(value + 1));
		if (operator !== 'atMost' && value > 0) candidates.push(leaves(value));
		if (candidates.length > 0) moments.push(sql<number>`coalesce(${sql.join(candidates)}, ${sql.lit(NEVER)})`);
	}
	if (moments.length === 0) return null;
	const earliest = moments.length === 1 ? moments[0] : sql<number>`${sql.raw(dialect.name === 'sqlite' ? 'min' : 'least')}(${sql.join(moments)})`;
	return sql<number | null>`nullif(${earliest}, ${sql.lit(NEVER)})`;
}
