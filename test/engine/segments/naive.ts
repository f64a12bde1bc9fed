import { createHash } from 'node:crypto';
import { DateTime } from 'luxon';

import type { PropertyFilter } from '../../../engine/events';
import type { JsonObject } from '../../../engine/kernel';
import type { EventCount, EventRule, NearRule, OrderOperator, SegmentRule } from '../../../engine/segments';

/** What may happen to a message after it was sent. Absent in cases that are older than the word. */
export const HAPPENINGS = ['opened', 'clicked', 'unsubscribed', 'delivered', 'bounced', 'complained', 'replied'] as const;
type Happening = (typeof HAPPENINGS)[number];

export type Message = { channel: string; workflow: string; step: string; state: string; guard: string | null; atMs: number; enrollment?: number; lastOpenedMs?: number | null } & { [When in `${Happening}Ms`]?: number | null };

/** A person and what is known of them, in plain memory. */
export interface Person {
	id: number;
	attributes: JsonObject;
	events: Array<{ name: string; atMs: number; properties: JsonObject; enrollment?: number }>;
	lists: string[];
	consents: Array<{ channel: string; topic: string; state: string }>;
	messages: Message[];
	scores: Array<{ model: string; value: number; grade: string; bucket: string }>;
	stage: string | null;
	groups: JsonObject[];
	doNotSell: boolean;
}

export function newPerson(id: number): Person {
	return { id, attributes: {}, events: [], lists: [], consents: [], messages: [], scores: [], stage: null, groups: [], doNotSell: false };
}

export interface Now {
	nowMs: number;
	/** Saved segments that rules may refer to. */
	segments?: ReadonlyMap<string, SegmentRule>;
	enrollment?: { id: number; startedMs: number };
}

/** What a rule means, written a second time without a database, from the sentences in the documentation. */
export function holds(rule: SegmentRule, person: Person, now: Now): boolean {
	const { nowMs } = now;
	if ('all' in rule) return rule.all.every((inner) => holds(inner, person, now));
	if ('any' in rule) return rule.any.some((inner) => holds(inner, person, now));
	if ('none' in rule) return !rule.none.some((inner) => holds(inner, person, now));
	if ('attribute' in rule) return passes(person.attributes, { path: rule.attribute, operator: rule.operator, value: rule.value });
	if ('event' in rule) return did(rule, person, now);
	if ('segment' in rule) {
		const other = now.segments?.get(rule.segment);
		if (other === undefined) throw new Error(`no segment ${rule.segment}`);
		return holds(other, person, now);
	}
	if ('list' in rule) return person.lists.includes(rule.list);
	if ('score' in rule) {
		const found = person.scores.find((score) => score.model === rule.score);
		return found === undefined ? rule.operator === 'notEquals' : ordered(found.value - rule.value, rule.operator);
	}
	if ('grade' in rule) return person.scores.some((score) => score.model === rule.grade && rule.in.includes(score.grade));
	if ('bucket' in rule) return person.scores.some((score) => score.model === rule.bucket && rule.in.includes(score.bucket));
	if ('stage' in rule) return person.stage !== null && rule.stage.in.includes(person.stage);
	if ('consent' in rule) {
		const said = person.consents.find((one) => one.channel === rule.consent && one.topic === (rule.topic ?? ''))?.state ?? 'none';
		return said === rule.state;
	}
	if ('doNotSell' in rule) return person.doNotSell === rule.doNotSell;
	if ('message' in rule) {
		const times = person.messages
			.filter((one) => (rule.channel ?? one.channel) === one.channel && (rule.workflow ?? one.workflow) === one.workflow && (rule.step ?? one.step) === one.step)
			.filter((one) => rule.sinceEnrollment !== true || (now.enrollment !== undefined && one.enrollment === now.enrollment.id))
			.filter((one) => rule.message !== 'skipped' || one.guard !== null)
			.map((one) => (rule.message === 'sent' || rule.message === 'failed' || rule.message === 'skipped' ? (one.state === rule.message ? one.atMs : null) : rule.message === 'opened' ? lastOpen(one) : one[`${rule.message}Ms`] ?? null));
		return counts(times.filter((at) => at !== null && inside(at, rule.withinSeconds, nowMs)).length, rule.count);
	}
	if ('near' in rule) return isNear(rule.near, person, nowMs);
	if ('anniversary' in rule) return returns(person, rule.anniversary, nowMs, rule.inDays ?? 0, rule.forDays ?? 1, rule.zone ?? 'UTC');
	if ('random' in rule) return place(person.id, rule.random.salt) < rule.random.percent;
	return person.groups.some((group) => passes(group, { path: rule.group.attribute, operator: rule.group.operator, value: rule.group.value }));
}

export function lastOpen({ openedMs = null, lastOpenedMs = null }: Message): number | null {
	return openedMs === null ? null : Math.max(openedMs, lastOpenedMs ?? openedMs);
}

function inside(atMs: number, withinSeconds: number | undefined, nowMs: number): boolean {
	return withinSeconds === undefined || atMs > nowMs - withinSeconds * 1000;
}

function counts(n: number, { operator, value }: EventCount = { operator: 'atLeast', value: 1 }): boolean {
	return operator === 'atLeast' ? n >= value : operator === 'atMost' ? n <= value : n === value;
}

function did(rule: EventRule, person: Person, { nowMs, enrollment }: Now): boolean {
	const day = (text: string): boolean => text.length === 10;
	const from = rule.between?.from === undefined ? -Infinity : Date.parse(rule.between.from);
	const to = rule.between?.to === undefined ? Infinity : Date.parse(rule.between.to) + (day(rule.between.to) ? 86_400_000 : 0);
	const events = person.events
		.map((event, n) => ({ ...event, n }))
		.filter((event) => event.name === rule.event && inside(event.atMs, rule.withinSeconds, nowMs) && event.atMs >= from && event.atMs < to)
		.filter((event) => rule.sinceEnrollment !== true || (enrollment !== undefined && event.atMs >= enrollment.startedMs && (event.enrollment ?? enrollment.id) === enrollment.id))
		.filter((event) => (rule.filters ?? []).every((filter) => passes(event.properties, filter)))
		.sort((a, b) => a.atMs - b.atMs || a.n - b.n);
	const edge = rule.first ?? rule.last;
	if (edge !== undefined) {
		const event = rule.first === undefined ? events.at(-1) : events[0];
		return passes(event?.properties ?? {}, { path: edge.property, operator: edge.operator, value: edge.value });
	}
	for (const kind of ['sum', 'min', 'max', 'average'] as const) {
		const measure = rule[kind];
		if (measure === undefined) continue;
		const values = events.map((event) => number(valueAt(event.properties, measure.property))).filter((value) => value !== null);
		if (values.length === 0 && kind !== 'sum') return measure.operator === 'notEquals';
		// In thousandths: the values of the tests have no more digits, and doubles would not add up.
		const thousandths = values.map((value) => Math.round(value * 1000));
		const wanted = Math.round(Number(measure.value) * 1000);
		const sum = thousandths.reduce((a, b) => a + b, 0);
		const difference = kind === 'sum' ? sum - wanted : kind === 'average' ? sum - wanted * values.length : (kind === 'min' ? Math.min(...thousandths) : Math.max(...thousandths)) - wanted;
		return ordered(difference, measure.operator);
	}
	return counts(events.length, rule.count);
}

function ordered(difference: number, operator: OrderOperator): boolean {
	switch (operator) {
		case 'equals': return difference === 0;
		case 'notEquals': return difference !== 0;
		case 'greater': return difference > 0;
		case 'greaterOrEqual': return difference >= 0;
		case 'less': return difference < 0;
		case 'lessOrEqual': return difference <= 0;
	}
}

function isNear(near: NearRule['near'], person: Person, nowMs: number): boolean {
	const places = near.event === undefined
		? [valueAt(person.attributes, near.attribute ?? '')]
		: person.events.filter((event) => event.name === near.event && inside(event.atMs, near.withinSeconds, nowMs)).map((event) => (near.property === undefined ? event.properties : valueAt(event.properties, near.property)));
	if (near.attribute === 'location' && places.every((value) => placeIn(value) === null)) places.push(person.attributes);
	return places.some((value) => {
		const found = placeIn(value);
		if (found === null) return false;
		const { lat, lon } = found;
		const rad = (degrees: number): number => (degrees * Math.PI) / 180;
		// The spherical law of cosines: another formula than the engine's.
		const angle = Math.acos(Math.min(1, Math.max(-1, Math.sin(rad(lat)) * Math.sin(rad(near.lat)) + Math.cos(rad(lat)) * Math.cos(rad(near.lat)) * Math.cos(rad(lon - near.lon)))));
		return angle * 6371.0088 <= near.km;
	});
}

/** Two numbers between a comma, or an object that names them. */
function placeIn(value: unknown): { lat: number; lon: number } | null {
	const parts = typeof value === 'string' ? value.split(',').map((part) => part.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')) : [];
	if (typeof value === 'string' && (parts.length !== 2 || !parts.every((part) => /^-?\d{1,3}(\.\d+)?$/.test(part)))) return null;
	const lat = typeof value === 'string' ? Number(parts[0]) : number(valueAt(value, 'lat')) ?? number(valueAt(value, 'latitude'));
	const lon = typeof value === 'string' ? Number(parts[1]) : number(valueAt(value, 'lon')) ?? number(valueAt(value, 'lng')) ?? number(valueAt(value, 'longitude'));
	return lat === null || lon === null || Math.abs(lat) > 90 || Math.abs(lon) > 180 ? null : { lat, lon };
}

function returns(person: Person, attribute: string, nowMs: number, inDays: number, forDays: number, zone: string): boolean {
	const value = valueAt(person.attributes, attribute);
	const [, month, day] = (typeof value === 'string' ? /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])/.exec(value) : null) ?? [];
	if (month === undefined || day === undefined) return false;
	const today = DateTime.fromMillis(nowMs, { zone });
	for (let n = 0; n < forDays; n += 1) {
		const date = DateTime.utc(today.year, today.month, today.day).plus({ days: inDays - n });
		if (date.toFormat('MM-dd') === `${month}-${day}`) return true;
		if (`${month}-${day}` === '02-29' && date.toFormat('MM-dd') === '02-28' && !date.isInLeapYear) return true;
	}
	return false;
}

/** In percent, from 0 to below 100. */
function place(id: number, salt: string): number {
	const prime = 2_147_483_647n;
	const hash = createHash('sha256').update(`random bucket\0${salt}`).digest();
	const [a = 0n, b = 0n, c = 0n, d = 0n] = [0, 4, 8, 12].map((offset) => 1n + (BigInt(hash.readUInt32BE(offset)) % (prime - 1n)));
	const x = BigInt(id) % prime;
	return Number(((a * x ** 3n + b * x ** 2n + c * x + d) % prime) % 10_000n) / 100;
}

function valueAt(value: unknown, path: string): unknown {
	for (const part of path.split('.')) value = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, part) ? (value as JsonObject)[part] : undefined;
	return value;
}

export function passes(properties: JsonObject, filter: PropertyFilter): boolean {
	const value = valueAt(properties, filter.path);
	const wanted = filter.value;
	switch (filter.operator) {
		case 'exists': return exists(value);
		case 'notExists': return !exists(value);
		case 'equals': return same(value, wanted);
		case 'notEquals': return !same(value, wanted);
		case 'in': return (wanted as unknown[]).some((one) => same(value, one));
		case 'notIn': return !(wanted as unknown[]).some((one) => same(value, one));
		case 'contains': return contains(value, String(wanted));
		case 'notContains': return !contains(value, String(wanted));
		case 'startsWith': return folded(value).startsWith(folded(wanted));
		case 'endsWith': return folded(value).endsWith(folded(wanted));
		case 'greater': return compare(value, wanted, (order) => order > 0);
		case 'greaterOrEqual': return compare(value, wanted, (order) => order >= 0);
		case 'less': return compare(value, wanted, (order) => order < 0);
		case 'lessOrEqual': return compare(value, wanted, (order) => order <= 0);
		case 'isTrue': return ['true', '1'].includes(text(value)?.toLowerCase() ?? '');
		case 'isFalse': return ['false', '0'].includes(text(value)?.toLowerCase() ?? '');
	}
}

function exists(value: unknown): boolean {
	if (value === undefined || value === null || value === '') return false;
	return typeof value !== 'object' || Object.keys(value).length > 0;
}

function text(value: unknown): string | null {
	return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** Texts of limited length read as numbers: '1e999' is none. */
function number(value: unknown): number | null {
	if (typeof value === 'number') return value;
	return typeof value === 'string' && /^[ \t\r\n]*[-+]?(\d{1,40}\.?\d{0,40}|\.\d{1,40})(e[-+]?\d{1,2})?[ \t\r\n]*$/i.test(value) ? Number(value) : null;
}

function same(value: unknown, wanted: unknown): boolean {
	if (typeof wanted === 'number') return number(value) === wanted;
	if (text(value) === String(wanted)) return true;
	return typeof value === 'number' && typeof wanted === 'string' && number(wanted) === value;
}

/** Small letters, one by one: never by their place in a word. The parts asked for are never empty. */
function folded(value: unknown): string {
	return [...(text(value) ?? '')].map((letter) => (letter === 'İ' ? 'i' : letter === 'ς' ? 'σ' : letter.toLowerCase())).join('');
}

function contains(value: unknown, part: string): boolean {
	if (Array.isArray(value)) return value.some((element) => text(element) !== null && folded(element) === folded(part));
	return folded(value).includes(folded(part));
}

function compare(value: unknown, wanted: unknown, fits: (order: number) => boolean): boolean {
	const limit = number(wanted);
	if (limit !== null) {
		const given = number(value);
		return given !== null && fits(given - limit);
	}
	const given = text(value);
	return given !== null && fits(given < String(wanted) ? -1 : given > String(wanted) ? 1 : 0);
}
