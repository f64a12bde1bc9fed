import type { PropertyFilter } from '../../../engine/events';
import type { JsonObject } from '../../../engine/kernel';
import type { SegmentRule } from '../../../engine/segments';

/** A person and what they did, in plain memory. */
export interface Person {
	attributes: JsonObject;
	events: Array<{ name: string; atMs: number; properties: JsonObject }>;
}

/** What a rule means, written a second time without a database, from the sentences in the documentation. */
export function holds(rule: SegmentRule, person: Person, nowMs: number): boolean {
	if ('all' in rule) return rule.all.every((inner) => holds(inner, person, nowMs));
	if ('any' in rule) return rule.any.some((inner) => holds(inner, person, nowMs));
	if ('none' in rule) return !rule.none.some((inner) => holds(inner, person, nowMs));
	if ('attribute' in rule) return passes(person.attributes, { path: rule.attribute, operator: rule.operator, value: rule.value });
	const since = rule.withinSeconds === undefined ? -Infinity : nowMs - rule.withinSeconds * 1000;
	const n = person.events.filter((event) => event.name === rule.event && event.atMs > since && (rule.filters ?? []).every((filter) => passes(event.properties, filter))).length;
	const { operator, value } = rule.count ?? { operator: 'atLeast', value: 1 };
	return operator === 'atLeast' ? n >= value : operator === 'atMost' ? n <= value : n === value;
}

export function passes(properties: JsonObject, filter: PropertyFilter): boolean {
	let value: unknown = properties;
	for (const part of filter.path.split('.')) value = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, part) ? (value as JsonObject)[part] : undefined;
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
		case 'startsWith': return text(value)?.toLowerCase().startsWith(String(wanted).toLowerCase()) ?? false;
		case 'endsWith': return text(value)?.toLowerCase().endsWith(String(wanted).toLowerCase()) ?? false;
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

function number(value: unknown): number | null {
	if (typeof value === 'number') return value;
	return typeof value === 'string' && value.trim() !== '' && /^[-+.\deE\s]+$/.test(value) && Number.isFinite(Number(value)) ? Number(value) : null;
}

function same(value: unknown, wanted: unknown): boolean {
	if (typeof wanted === 'number') return number(value) === wanted;
	if (text(value) === String(wanted)) return true;
	return typeof value === 'number' && typeof wanted === 'string' && number(wanted) === value;
}

function contains(value: unknown, part: string): boolean {
	if (Array.isArray(value)) return value.some((element) => text(element)?.toLowerCase() === part.toLowerCase());
	return text(value)?.toLowerCase().includes(part.toLowerCase()) ?? false;
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
