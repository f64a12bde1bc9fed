import { sql, type RawBuilder } from 'kysely';

import { doNotSellSql, sharableSql } from '../consent';
import { propertyFilterSql } from '../events';
import type { Dialect } from '../store';
import { anniversaryChangeSql, anniversarySql } from './anniversary-sql';
import { AT_LEAST_ONCE, big, countSql, eventSql, happened, windowMs, type Asked, type EnrollmentSql, type WindowColumns } from './event-sql';
import { ORDER_SIGNS } from './measure-sql';
import { nearbyEvents, nearSql } from './place-sql';
import { randomSql } from './random-sql';
import { conditionsOf, shapeOf, type ConditionShape } from './rule';
import { correctedSql, type TotalsOfNow } from './totals';
import type { EventCount, EventRule, MessageRule, OrderOperator, SegmentRule } from './types';

/**
 * Whether a rule holds for a row of `profile` under this alias at an instant. The one implementation: a full build, a batch
 * and one person differ only in which rows of `profile` are asked. Never null. `enrollment` is what sinceEnrollment refers to;
 * without it such a condition counts no event. `totals`: see totals.ts.
 */
export function ruleSql(dialect: Dialect, rule: SegmentRule, nowMs: number, alias: string, { enrollment, totals }: { enrollment?: EnrollmentSql; totals?: TotalsOfNow } = {}): RawBuilder<boolean> {
	return holdsSql({ dialect, nowMs, alias, ...(enrollment === undefined ? {} : { enrollment }), ...(totals === undefined ? {} : { totals }) }, rule);
}

export function holdsSql(asked: Asked, rule: SegmentRule): RawBuilder<boolean> {
	const shape = shapeOf(rule);
	switch (shape.kind) {
		case 'all': return joined(shape.rules.map((inner) => holdsSql(asked, inner)), 'and');
		case 'any': return joined(shape.rules.map((inner) => holdsSql(asked, inner)), 'or');
		case 'none': return sql<boolean>`(not ${joined(shape.rules.map((inner) => holdsSql(asked, inner)), 'or')})`;
		default: return conditionSql(asked, shape);
	}
}

function joined(parts: Array<RawBuilder<boolean>>, word: 'and' | 'or'): RawBuilder<boolean> {
	if (parts.length === 0) return word === 'and' ? sql<boolean>`true` : sql<boolean>`false`;
	return sql<boolean>`(${sql.join(parts, sql` ${sql.raw(word)} `)})`;
}

function conditionSql(asked: Asked, shape: ConditionShape): RawBuilder<boolean> {
	const { dialect, alias } = asked;
	const id = sql.ref(`${alias}.id`);
	switch (shape.kind) {
		case 'attribute': {
			const { attribute, operator, value } = shape.rule;
			return propertyFilterSql(dialect, sql.ref(`${alias}.attributes`), value === undefined ? { path: attribute, operator } : { path: attribute, operator, value });
		}
		case 'event': return eventSql(asked, shape.rule);
		case 'segment': {
			const unfinished = asked.unfinished?.get(shape.rule.segment);
			return unfinished === undefined ? memberSql(shape.rule.segment, id) : holdsSql(asked, unfinished);
		}
		case 'list': return memberSql(shape.rule.list, id);
		case 'score': {
			const { score, operator, value } = shape.rule;
			const positive = operator === 'notEquals' ? 'equals' : operator;
			const holds = scored(id, score, sql`sc.value ${sql.raw(ORDER_SIGNS[positive])} cast(${value} as ${sql.raw(dialect.types.real)})`);
			const stored = operator === 'notEquals' ? sql<boolean>`(not ${holds})` : holds;
			return correctedSql(dialect, id, stored, asked.totals?.get(score), (total) => isInOrder(total, operator, value));
		}
		case 'grade': return scored(id, shape.rule.grade, dialect.anyOf(sql`sc.grade`, shape.rule.in));
		case 'bucket': return scored(id, shape.rule.bucket, dialect.anyOf(sql`sc.bucket`, shape.rule.in));
		case 'stage': return sql<boolean>`exists (select 1 from stage st where st.profile = ${id} and ${dialect.anyOf(sql`st.stage`, shape.rule.stage.in)})`;
		case 'consent': {
			const { consent, topic = '', state } = shape.rule;
			const given = sql`select 1 from consent c where c.profile = ${id} and c.channel = ${consent} and c.topic = ${topic.trim().normalize('NFC').toLowerCase()}`;
			return state === 'none' ? sql<boolean>`(not exists (${given} and c.state <> 'none'))` : sql<boolean>`exists (${given} and c.state = ${state})`;
		}
		case 'doNotSell': return shape.rule.doNotSell ? doNotSellSql(id) : sharableSql(id);
		case 'message': return countSql(shape.rule.count, sql`from message msg where ${messageMatch(asked, shape.rule)}`);
		case 'near': return nearSql(asked, shape.rule);
		case 'anniversary': return anniversarySql(asked, shape.rule);
		case 'random': return randomSql(asked, shape.rule);
		case 'group': {
			const { attribute, operator, value } = shape.rule.group;
			const filter = propertyFilterSql(dialect, sql.ref('acc.attributes'), value === undefined ? { path: attribute, operator } : { path: attribute, operator, value });
			return sql<boolean>`exists (select 1 from account_member am join account acc on acc.id = am.account where am.profile = ${id} and ${filter})`;
		}
	}
}

function isInOrder(total: number, operator: OrderOperator, value: number): boolean {
	switch (operator) {
		case 'equals': return total === value;
		case 'notEquals': return total !== value;
		case 'greater': return total > value;
		case 'greaterOrEqual': return total >= value;
		case 'less': return total < value;
		case 'lessOrEqual': return total <= value;
	}
}

function memberSql(name: string, profile: RawBuilder<unknown>): RawBuilder<boolean> {
	return sql<boolean>`exists (select 1 from segment_member mem where mem.segment = (select seg.id from segment seg where seg.name = ${name}) and mem.profile = ${profile})`;
}

function scored(profile: RawBuilder<unknown>, model: string, condition: RawBuilder<unknown>): RawBuilder<boolean> {
	return sql<boolean>`exists (select 1 from score sc where sc.profile = ${profile} and sc.model = ${model} and ${condition})`;
}

/** When what is asked for happened to a message, for the first time. */
const MESSAGE_TIMES: Record<MessageRule['message'], string> = {
	sent: 'attempted_at', failed: 'ended_at', skipped: 'ended_at', delivered: 'delivered_at', bounced: 'bounced_at', opened: 'opened_at', clicked: 'clicked_at',
	complained: 'complained_at', unsubscribed: 'unsubscribed_at',
};
/** Where it may happen again, for the last time: "in the last 7 days" holds by the newest of several clicks, as it does for events. */
const LAST_TIMES: Partial<Record<MessageRule['message'], string>> = { opened: 'last_opened_at', clicked: 'last_clicked_at' };

function messageAt({ message }: MessageRule): RawBuilder<number> {
	const times = [LAST_TIMES[message], MESSAGE_TIMES[message], 'ended_at', 'reserved_at'].flatMap((column) => (column === undefined ? [] : [sql.ref(`msg.${column}`)]));
	return sql<number>`coalesce(${sql.join(times)})`;
}

function messageMatch({ dialect, nowMs, alias, enrollment }: Asked, rule: MessageRule): RawBuilder<boolean> {
	const { message, channel, workflow, step, withinSeconds, sinceEnrollment } = rule;
	const conditions = [sql<boolean>`msg.profile = ${sql.ref(`${alias}.id`)}`, sql<boolean>`msg.purpose <> 'test'`];
	if (message === 'sent' || message === 'failed' || message === 'skipped') conditions.push(sql<boolean>`msg.state = ${message}`);
	// Without a guard nobody kept it back: the person left the journey before it was their turn.
	if (message === 'skipped') conditions.push(sql<boolean>`msg.guard is not null`);
	if (MESSAGE_TIMES[message] !== 'attempted_at' && MESSAGE_TIMES[message] !== 'ended_at') conditions.push(sql<boolean>`${sql.ref(`msg.${MESSAGE_TIMES[message]}`)} is not null`);
	if (channel !== undefined) conditions.push(sql<boolean>`msg.channel = ${channel}`);
	if (workflow !== undefined) conditions.push(sql<boolean>`msg.workflow = ${workflow}`);
	if (step !== undefined) conditions.push(sql<boolean>`msg.step = ${step}`);
	if (sinceEnrollment === true) conditions.push(enrollment === undefined ? sql<boolean>`false` : sql<boolean>`msg.enrollment = ${enrollment.id}`);
	if (withinSeconds !== undefined) conditions.push(sql<boolean>`${messageAt(rule)} > ${big(dialect, nowMs - windowMs(withinSeconds))}`);
	return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

const NEVER = 9_000_000_000_000_000;

/**
 * The next instant (UTC ms) at which time alone may change the answer for a row of `profile`, or null when it never will; the
 * rule cannot change before. Somebody who is looked at then and has not changed gets the next such instant.
 * null instead of SQL: time alone changes nothing about this rule.
 */
export function nextChangeSql(dialect: Dialect, rule: SegmentRule, nowMs: number, alias: string): RawBuilder<number | null> | null {
	return changeSql({ dialect, nowMs, alias }, rule);
}

export function changeSql(asked: Asked, rule: SegmentRule): RawBuilder<number | null> | null {
	const moments: Array<RawBuilder<number>> = [];
	for (const shape of conditionsOf(rule)) {
		const candidates = changesOf(asked, shape);
		if (candidates.length > 0) moments.push(sql<number>`coalesce(${sql.join(candidates)}, ${sql.lit(NEVER)})`);
	}
	if (moments.length === 0) return null;
	const earliest = moments.length === 1 ? moments[0] : sql<number>`${sql.raw(asked.dialect.name === 'sqlite' ? 'min' : 'least')}(${sql.join(moments)})`;
	return sql<number | null>`nullif(${earliest}, ${sql.lit(NEVER)})`;
}

/** In order of time: the first that is not null is the instant. */
function changesOf(asked: Asked, shape: ConditionShape): Array<RawBuilder<number | null>> {
	const { dialect } = asked;
	if (shape.kind === 'anniversary') return [anniversaryChangeSql(asked, shape.rule)];
	if (shape.kind === 'near' && shape.rule.near.withinSeconds !== undefined) {
		const leaves = big(dialect, windowMs(shape.rule.near.withinSeconds));
		return [sql<number | null>`(select max(place.occurred_at) + ${leaves} ${nearbyEvents(asked, shape.rule)})`];
	}
	if (shape.kind === 'message' && shape.rule.withinSeconds !== undefined) {
		const { rule } = shape;
		const at = messageAt(rule);
		const leaves = big(dialect, windowMs(shape.rule.withinSeconds));
		return leaving(rule.count, (newest) => sql<number | null>`(select ${at} + ${leaves} from message msg where ${messageMatch(asked, rule)} order by ${at} desc limit 1 offset ${sql.lit(newest - 1)})`);
	}
	if (shape.kind !== 'event' || shape.rule.withinSeconds === undefined) return [];
	const { rule } = shape;
	const columns = asked.windows?.get(rule);
	if (columns !== undefined) {
		return [columns.beyond, columns.nth].flatMap((name) => (name === undefined ? [] : [sql<number | null>`${sql.ref(`${asked.alias}.${name}`)} + ${leavesAfter(asked, rule)}`]));
	}
	// A sum, an average, an extreme or the first event may change whenever the oldest one leaves.
	if ([rule.sum, rule.min, rule.max, rule.average, rule.first].some((measure) => measure !== undefined)) return [sql<number | null>`${nthInWindow(asked, rule, 'asc', 1)} + ${leavesAfter(asked, rule)}`];
	if (rule.last !== undefined) return [sql<number | null>`${nthInWindow(asked, rule, 'desc', 1)} + ${leavesAfter(asked, rule)}`];
	return leaving(rule.count, (newest) => sql<number | null>`${nthInWindow(asked, rule, 'desc', newest)} + ${leavesAfter(asked, rule)}`);
}

function leavesAfter({ dialect }: Asked, rule: EventRule): RawBuilder<number> {
	return big(dialect, windowMs(rule.withinSeconds ?? 0));
}

/** When the n-th event inside the window happened, from its old or its new end. */
function nthInWindow(asked: Asked, rule: EventRule, order: 'asc' | 'desc', n: number): RawBuilder<number | null> {
	return sql<number | null>`(select happened.occurred_at from event happened where ${happened(asked, rule)} order by happened.occurred_at ${sql.raw(order)} limit 1 offset ${sql.lit(n - 1)})`;
}

/**
 * With n events inside the window, "at least n" ends when the n-th newest leaves it, "at most n" begins when the (n+1)-th
 * does; "exactly n" may do either.
 */
function leaving(count: EventCount = AT_LEAST_ONCE, leaves: (newest: number) => RawBuilder<number | null>): Array<RawBuilder<number | null>> {
	const { nth, beyond } = boundsOf(count);
	return [beyond, nth].flatMap((newest) => (newest === undefined ? [] : [leaves(newest)]));
}

function boundsOf({ operator, value }: EventCount): { nth?: number; beyond?: number } {
	return { ...(operator !== 'atMost' && value > 0 ? { nth: value } : {}), ...(operator !== 'atLeast' ? { beyond: value + 1 } : {}) };
}

/**
 * Counts in windows as columns, so that one look into the events tells both whether a rule holds and when that changes:
 * half the time of asking twice. The answer's `columns` go beside those of `profile` into a query that the rule is then asked of.
 */
export function windowColumns(asked: Asked, rule: SegmentRule): { columns: Array<RawBuilder<unknown>>; windows: Map<EventRule, WindowColumns> } {
	const columns: Array<RawBuilder<unknown>> = [];
	const windows = new Map<EventRule, WindowColumns>();
	for (const shape of conditionsOf(rule)) {
		if (shape.kind !== 'event' || shape.rule.withinSeconds === undefined || EVENT_MEASURES.some((name) => shape.rule[name] !== undefined)) continue;
		const bounds = boundsOf(shape.rule.count ?? AT_LEAST_ONCE);
		const names: WindowColumns = {};
		for (const bound of ['nth', 'beyond'] as const) {
			const n = bounds[bound];
			if (n === undefined) continue;
			names[bound] = `w${columns.length}`;
			columns.push(sql`${nthInWindow(asked, shape.rule, 'desc', n)} as ${sql.ref(names[bound])}`);
		}
		if (Object.keys(names).length > 0) windows.set(shape.rule, names);
	}
	return { columns, windows };
}

const EVENT_MEASURES = ['sum', 'min', 'max', 'average', 'first', 'last'] as const;
