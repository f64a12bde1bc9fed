import { sql, type RawBuilder } from 'kysely';

import { eventMatchSql, propertyFilterSql, type FilterOperator } from '../events';
import type { Dialect } from '../store';
import { readBetween } from './between';
import { measureSql } from './measure-sql';
import type { TotalsOfNow } from './totals';
import type { EdgeMeasure, EventCount, EventRule, SegmentRule } from './types';

/** The enrollment a rule is asked for, as SQL: when it began (UTC ms) and its id. */
export interface EnrollmentSql {
	startedAt: RawBuilder<number>;
	id: RawBuilder<number>;
}

/** What SQL is made for: rows of `profile` under this alias, at an instant. */
export interface Asked {
	dialect: Dialect;
	nowMs: number;
	alias: string;
	enrollment?: EnrollmentSql;
	/** Rules of saved segments whose members are not to be gone by, because one of them is still being built. */
	unfinished?: ReadonlyMap<string, SegmentRule>;
	/** Totals of scores that are others by now than the stored ones. */
	totals?: TotalsOfNow;
	/** Conditions of a look whose windows stand ready as columns of `alias`: see look-sql.ts. */
	windows?: ReadonlyMap<EventRule, WindowColumns>;
}

/** Names of columns that hold when the n-th newest event inside the window happened (null: there are fewer). */
export interface WindowColumns {
	/** The n of "at least n" and "exactly n". */
	nth?: string;
	/** One more than the n of "at most n" and "exactly n". */
	beyond?: string;
}

export function big(dialect: Dialect, value: number): RawBuilder<number> {
	return sql<number>`cast(${value} as ${sql.raw(dialect.types.int)})`;
}

export function windowMs(withinSeconds: number): number {
	return Math.round(withinSeconds * 1000);
}

export function eventSql(asked: Asked, rule: EventRule): RawBuilder<boolean> {
	const columns = asked.windows?.get(rule);
	if (columns !== undefined) {
		const parts: Array<RawBuilder<boolean>> = [];
		if (columns.nth !== undefined) parts.push(sql<boolean>`${sql.ref(`${asked.alias}.${columns.nth}`)} is not null`);
		if (columns.beyond !== undefined) parts.push(sql<boolean>`${sql.ref(`${asked.alias}.${columns.beyond}`)} is null`);
		return sql<boolean>`(${sql.join(parts, sql` and `)})`;
	}
	const from = sql`from event happened where ${happened(asked, rule)}`;
	for (const name of ['sum', 'min', 'max', 'average'] as const) {
		const measure = rule[name];
		if (measure !== undefined) return measureSql(asked.dialect, name, measure, from);
	}
	if (rule.first !== undefined) return edgeSql(asked.dialect, rule.first, sql`${from} order by happened.occurred_at, happened.event_no limit 1`);
	if (rule.last !== undefined) return edgeSql(asked.dialect, rule.last, sql`${from} order by happened.occurred_at desc, happened.event_no desc limit 1`);
	return countSql(rule.count, from);
}

export const AT_LEAST_ONCE: EventCount = { operator: 'atLeast', value: 1 };

/** Whether so many rows are there: `from` is everything behind `select …`. */
export function countSql(wanted: EventCount | undefined, from: RawBuilder<unknown>): RawBuilder<boolean> {
	const { operator, value } = wanted ?? AT_LEAST_ONCE;
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

/** Conditions on `event happened`. An event is inside a window of W ms from the instant it happened and no longer at the instant W ms later. */
export function happened(asked: Asked, rule: EventRule): RawBuilder<boolean> {
	const { dialect, nowMs, alias, enrollment } = asked;
	const conditions = [sql<boolean>`happened.profile = ${sql.ref(`${alias}.id`)}`, eventMatchSql(dialect, rule, 'happened')];
	if (rule.withinSeconds !== undefined) conditions.push(sql<boolean>`happened.occurred_at > ${big(dialect, nowMs - windowMs(rule.withinSeconds))}`);
	if (rule.between !== undefined) {
		const { fromMs, toMs } = readBetween(rule.between, rule.event);
		if (fromMs !== null) conditions.push(sql<boolean>`happened.occurred_at >= ${big(dialect, fromMs)}`);
		if (toMs !== null) conditions.push(sql<boolean>`happened.occurred_at < ${big(dialect, toMs)}`);
	}
	if (rule.sinceEnrollment === true) {
		// As for waits and exits: what another run caused (a click in its mail) is not this run's.
		conditions.push(enrollment === undefined
			? sql<boolean>`false`
			: sql<boolean>`happened.occurred_at >= ${enrollment.startedAt} and (happened.enrollment is null or happened.enrollment = ${enrollment.id})`);
	}
	return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

const POSITIVE: Partial<Record<FilterOperator, FilterOperator>> = { notEquals: 'equals', notContains: 'contains', notIn: 'in', notExists: 'exists' };

/** A filter on the one event that `rest` picks. Without such an event the property is absent, for which the negations hold. */
function edgeSql(dialect: Dialect, { property, operator, value }: EdgeMeasure, rest: RawBuilder<unknown>): RawBuilder<boolean> {
	const positive = POSITIVE[operator];
	const filter = propertyFilterSql(dialect, sql.ref('edge.properties'), { path: property, operator: positive ?? operator, ...(value === undefined ? {} : { value }) });
	const holds = sql<boolean>`exists (select 1 from (select happened.properties ${rest}) as edge where ${filter})`;
	return positive === undefined ? holds : sql<boolean>`(not ${holds})`;
}
