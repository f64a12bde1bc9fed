import type { FilterOperator, PropertyFilter } from '../events';
import { shapeOf, type ConditionShape } from './rule';
import type { AnniversaryRule, ConditionValue, EventCount, EventRule, MessageRule, NearRule, SegmentRule } from './types';

/** A checked rule as an English sentence, such as: People whose plan is "pro" and who did "Order Completed" at least twice in the last 30 days. */
export function sentenceOf(rule: SegmentRule): string {
	const shape = shapeOf(rule);
	if ('rules' in shape && shape.rules.length === 0) return shape.kind === 'any' ? 'Nobody.' : 'Everybody.';
	return `People ${clause(rule, false)}.`;
}

/** A relative clause: "whose …", "who …". Within another one, a group of several stands in brackets. */
function clause(rule: SegmentRule, inner: boolean): string {
	const shape = shapeOf(rule);
	if (!('rules' in shape)) return condition(shape);
	const { kind, rules } = shape;
	const [only] = rules;
	if (rules.length === 0) return kind === 'any' ? 'who are nobody' : 'who are anybody';
	if (rules.length === 1 && only !== undefined && kind !== 'none') return clause(only, inner);
	if (kind === 'none') {
		const one = only === undefined || rules.length > 1 ? null : shapeOf(only);
		if (one?.kind === 'event' && isPlain(one.rule)) return event({ ...one.rule, count: { operator: 'exactly', value: 0 } });
		return `who are not (people ${rules.map((each) => clause(each, true)).join(' or ')})`;
	}
	const text = rules.map((one) => clause(one, true)).join(kind === 'all' ? ' and ' : ' or ');
	return inner ? `(${text})` : text;
}

const SAID: Record<FilterOperator, string> = {
	equals: 'is', notEquals: 'is not', contains: 'contains', notContains: 'does not contain', startsWith: 'starts with', endsWith: 'ends with',
	greater: 'is more than', greaterOrEqual: 'is at least', less: 'is less than', lessOrEqual: 'is at most', in: 'is one of', notIn: 'is none of',
	exists: 'is set', notExists: 'is not set', isTrue: 'is true', isFalse: 'is false',
};
const WITHOUT_VALUE: readonly FilterOperator[] = ['exists', 'notExists', 'isTrue', 'isFalse'];

function compared(operator: FilterOperator, value: ConditionValue | undefined): string {
	return WITHOUT_VALUE.includes(operator) ? SAID[operator] : `${SAID[operator]} ${shown(value)}`;
}

function shown(value: ConditionValue | undefined): string {
	if (Array.isArray(value)) return listed(value.map((one) => shown(one)), 'or');
	return typeof value === 'string' ? `"${value}"` : String(value);
}

function listed(parts: readonly string[], word: string): string {
	return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} ${word} ${parts.at(-1) ?? ''}`;
}

function condition(shape: ConditionShape): string {
	switch (shape.kind) {
		case 'attribute': return `whose ${shape.rule.attribute} ${compared(shape.rule.operator, shape.rule.value)}`;
		case 'event': return event(shape.rule);
		case 'segment': return `who are in the segment "${shape.rule.segment}"`;
		case 'list': return `who are on the list "${shape.rule.list}"`;
		case 'score': return `whose score "${shape.rule.score}" ${compared(shape.rule.operator, shape.rule.value)}`;
		case 'grade': return `whose grade by "${shape.rule.grade}" is ${shown(shape.rule.in)}`;
		case 'bucket': return `whose bucket by "${shape.rule.bucket}" is ${shown(shape.rule.in)}`;
		case 'stage': return `whose stage is ${shown(shape.rule.stage.in)}`;
		case 'consent': {
			const { consent, topic = '', state } = shape.rule;
			const where = `${consent}${topic === '' ? '' : ` about "${topic}"`}`;
			return state === 'none' ? `who never said whether they want ${where}` : state === 'pending' ? `whose consent to ${where} is pending` : `who ${state} ${state === 'subscribed' ? 'to' : 'from'} ${where}`;
		}
		case 'doNotSell': return `who ${shape.rule.doNotSell ? 'asked' : 'did not ask'} not to be sold or shared`;
		case 'message': return message(shape.rule);
		case 'near': return near(shape.rule);
		case 'anniversary': return anniversary(shape.rule);
		case 'random': return `who are in the same random ${shape.rule.random.percent} % ("${shape.rule.random.salt}")`;
		case 'group': return `in one of whose groups the ${shape.rule.group.attribute} ${compared(shape.rule.group.operator, shape.rule.group.value)}`;
	}
}

/** Asks only whether it happened at all. */
function isPlain(rule: EventRule): boolean {
	return [rule.count, rule.sum, rule.min, rule.max, rule.average, rule.first, rule.last].every((measure) => measure === undefined);
}

function event(rule: EventRule): string {
	const name = `"${rule.event}"${filters(rule.filters)}`;
	const when = time(rule);
	for (const [kind, said] of [['sum', 'sum'], ['min', 'lowest'], ['max', 'highest'], ['average', 'average']] as const) {
		const measure = rule[kind];
		if (measure !== undefined) return `whose ${said} ${measure.property} of ${name}${when} ${compared(measure.operator, measure.value)}`;
	}
	for (const kind of ['first', 'last'] as const) {
		const edge = rule[kind];
		if (edge !== undefined) return `whose ${kind} ${name}${when} has a ${edge.property} that ${compared(edge.operator, edge.value)}`;
	}
	const { operator, value } = rule.count ?? { operator: 'atLeast', value: 1 };
	if (value === 0 && operator !== 'atLeast') return `who did not do ${name}${when}`;
	return `who did ${name}${rule.count === undefined ? '' : ` ${times({ operator, value })}`}${when}`;
}

function times({ operator, value }: EventCount): string {
	const said = value === 1 ? 'once' : value === 2 ? 'twice' : `${value} times`;
	return `${operator === 'atLeast' ? 'at least' : operator === 'atMost' ? 'at most' : 'exactly'} ${said}`;
}

function filters(list: readonly PropertyFilter[] = []): string {
	return list.length === 0 ? '' : ` with ${list.map(({ path, operator, value }) => `${path} that ${compared(operator, value)}`).join(' and ')}`;
}

function time(rule: Pick<EventRule, 'withinSeconds' | 'between' | 'sinceEnrollment'>): string {
	if (rule.withinSeconds !== undefined) return within(rule.withinSeconds);
	if (rule.sinceEnrollment === true) return ' since they entered the journey';
	if (rule.between === undefined) return '';
	const { from, to } = rule.between;
	if (from === undefined) return ` until ${to ?? ''}`;
	return to === undefined ? ` from ${from} on` : ` from ${from} to ${to}`;
}

function within(seconds: number): string {
	for (const [size, name] of [[604_800, 'week'], [86_400, 'day'], [3_600, 'hour'], [60, 'minute']] as const) {
		// Weeks only where it is a matter of weeks: everybody says 30 days, and 14 rather than 2 weeks.
		if (seconds % size === 0 && (name !== 'week' || seconds === size)) return ` in the last ${seconds === size ? name : `${seconds / size} ${name}s`}`;
	}
	return ` in the last ${seconds === 1 ? 'second' : `${seconds} seconds`}`;
}

const MESSAGES: Record<MessageRule['message'], [verb: string, did: string]> = {
	sent: ['were sent a', ''], failed: ['were to get a', ' that failed'], skipped: ['were to get a', ' that was skipped'], delivered: ['got a', ''], opened: ['opened a', ''],
	clicked: ['clicked in a', ''], unsubscribed: ['unsubscribed by a', ''], bounced: ['were sent a', ' that bounced'], replied: ['replied to a', ''], complained: ['marked a', ' as spam'],
};

function message(rule: MessageRule): string {
	const [verb, end] = MESSAGES[rule.message];
	const what = rule.channel === undefined ? 'message' : `message by ${rule.channel}`;
	const from = rule.workflow === undefined ? '' : ` of the workflow ${rule.workflow}${rule.step === undefined ? '' : `, step ${rule.step}`}`;
	const often = rule.count === undefined ? '' : ` ${times(rule.count)}`;
	const run = rule.sinceEnrollment === true ? ' of this run through the journey' : '';
	return `who ${verb} ${what}${from}${end}${run}${often}${rule.withinSeconds === undefined ? '' : within(rule.withinSeconds)}`;
}

function near({ near: { attribute, event: name, property, lat, lon, km, withinSeconds } }: NearRule): string {
	const place = `within ${km} km of ${lat}, ${lon}`;
	if (attribute !== undefined) return `whose ${attribute} is ${place}`;
	return `who did "${name ?? ''}" ${place}${property === undefined ? '' : ` (${property})`}${withinSeconds === undefined ? '' : within(withinSeconds)}`;
}

function anniversary({ anniversary: attribute, inDays = 0, forDays = 1, zone = 'UTC' }: AnniversaryRule): string {
	const day = (n: number): string => `${n} day${n === 1 ? '' : 's'}`;
	const from = inDays === 0 ? 'today' : inDays > 0 ? `in ${day(inDays)}` : `${day(-inDays)} ago`;
	const where = zone === 'UTC' ? '' : ` (days of ${zone})`;
	if (forDays === 1) return `whose yearly ${attribute} ${inDays < 0 ? 'was' : 'is'} ${from}${where}`;
	const start = inDays === 0 ? 'on that day' : inDays > 0 ? `${day(inDays)} before it` : `${day(-inDays)} after it`;
	return `whose yearly ${attribute} is near: ${day(forDays)}, beginning ${start}${where}`;
}
