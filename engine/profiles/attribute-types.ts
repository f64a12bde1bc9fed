import { sql } from 'kysely';

import { EngineError, isJsonObject, type JsonObject, type JsonValue } from '../kernel';
import type { Reader, Tx } from '../store';
import { canonicalDecimal } from './decimal';
import { readLocation } from './place';
import { cleanText } from './storable';

export const ATTRIBUTE_TYPES = ['text', 'number', 'boolean', 'date-time', 'list', 'object', 'location'] as const;
export type AttributeType = (typeof ATTRIBUTE_TYPES)[number];

export type Coerced = { ok: true; value: JsonValue } | { ok: false; reason: string };

/** Types that somebody declared, by attribute. */
export type DeclaredTypes = ReadonlyMap<string, AttributeType>;

/**
 * A value as the declared type, when nothing is lost by it: '42' is the number 42 and 42 the text '42', but '042' is no number
 * (its zero would go) and 'soon' no date-time. null, which unsets, and the empty text fit every type. The reason does not repeat the value.
 */
export function coerce(name: string, value: JsonValue, type: AttributeType): Coerced {
	if (value === null || value === '') return { ok: true, value };
	const result = AS[type](value);
	if (result !== undefined) return { ok: true, value: result };
	return { ok: false, reason: `The attribute "${name}" is declared as ${WANTED[type]}; the value given is not, and cannot become it without loss.` };
}

const WANTED: Readonly<Record<AttributeType, string>> = {
	text: 'text', number: 'a number', boolean: 'true or false', 'date-time': 'a date or time (ISO 8601)', list: 'a list', object: 'an object', location: 'a location ({ lat, lon })',
};

const AS: Readonly<Record<AttributeType, (value: JsonValue) => JsonValue | undefined>> = {
	text: (value) => (typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined),
	number: asNumber,
	boolean: (value) => (typeof value === 'boolean' ? value : BOOLEANS.get(typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : '')),
	'date-time': asDateTime,
	list: (value) => (Array.isArray(value) ? value : parsed(value, Array.isArray) ?? (typeof value === 'object' ? undefined : [value])),
	object: (value) => (isJsonObject(value) ? value : parsed(value, isJsonObject)),
	location: (value) => {
		const found = readLocation(typeof value === 'string' ? parsed(value, isJsonObject) ?? value : value);
		return found === null ? undefined : { ...found };
	},
};

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([['true', true], ['1', true], ['yes', true], ['false', false], ['0', false], ['no', false]]);

function asNumber(value: JsonValue): number | undefined {
	if (typeof value === 'number') return value;
	if (typeof value !== 'string') return undefined;
	const exact = canonicalDecimal(value);
	const number = Number(value);
	// More digits than a number holds, or zeros in front that mean something (a postal code).
	if (exact === null || !Number.isFinite(number) || canonicalDecimal(String(number)) !== exact || /^\s*[-+]?0\d/.test(value)) return undefined;
	return number;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s?(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;
/** 1973 in milliseconds; a smaller number is almost surely seconds, or no time at all. */
const SMALLEST_MS = 100_000_000_000;

/** ISO 8601 in UTC; a date without a time stays a date (a birthday has no zone). A time without a zone is UTC. */
function asDateTime(value: JsonValue): string | undefined {
	if (typeof value === 'number') return value >= SMALLEST_MS && value < 8.64e15 ? new Date(value).toISOString() : undefined;
	if (typeof value !== 'string') return undefined;
	const text = value.trim();
	if (DATE.test(text)) return new Date(`${text}T00:00:00Z`).toString() !== 'Invalid Date' && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text) ? text : undefined;
	const match = TIME.exec(text);
	if (match === null) return undefined;
	const [, date = '', time = '', zone = 'Z'] = match;
	const ms = Date.parse(`${date}T${time}${zone.length === 3 ? `${zone}:00` : zone.toUpperCase()}`);
	return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

function parsed<Kind extends JsonValue>(value: JsonValue, is: (value: unknown) => value is Kind): Kind | undefined {
	if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return undefined;
	try {
		const found: unknown = JSON.parse(value);
		return is(found) ? found : undefined;
	} catch {
		return undefined;
	}
}

/** What a value is when nobody declared its attribute. */
export function inferredType(value: JsonValue): AttributeType {
	if (typeof value === 'number') return 'number';
	if (typeof value === 'boolean') return 'boolean';
	if (Array.isArray(value)) return 'list';
	if (isJsonObject(value)) return readLocation(value) === null ? 'object' : 'location';
	return typeof value === 'string' && value.length <= 40 && asDateTime(value) !== undefined ? 'date-time' : 'text';
}

export async function declaredTypes(reader: Reader): Promise<DeclaredTypes> {
	const rows = await reader.all(sql<{ name: string; type: AttributeType }>`select name, type from attribute_type`);
	return new Map(rows.map(({ name, type }) => [name, type]));
}

/** null takes the declaration back. Values that are stored already stay as they are. Answers with the attribute's name where that changes something. Throws BAD_INPUT. */
export async function declareType(tx: Tx, name: string, type: AttributeType | null): Promise<string | null> {
	const clean = typeof name === 'string' ? cleanText(name).trim() : '';
	if (clean === '' || clean.length > 200) throw new EngineError('BAD_INPUT', 'The name of an attribute is 1 to 200 characters.');
	if (type === null) return (await tx.run(sql`delete from attribute_type where name = ${clean}`)) > 0 ? clean : null;
	if (!ATTRIBUTE_TYPES.includes(type)) throw new EngineError('BAD_INPUT', `"${String(type).slice(0, 40)}" is not a type of attributes: use ${ATTRIBUTE_TYPES.join(', ')}.`);
	const changed = await tx.run(sql`insert into attribute_type (name, type, declared_at) values (${clean}, ${type}, ${tx.nowMs}) on conflict (name) do update
		set type = excluded.type, declared_at = excluded.declared_at where attribute_type.type <> excluded.type`);
	return changed > 0 ? clean : null;
}

/** Values as their declared types. `refused`: those that cannot be, left out of `attributes`. */
export function coerceAll(attributes: JsonObject, types: DeclaredTypes): { attributes: JsonObject; refused: Array<{ name: string; reason: string }> } {
	const refused: Array<{ name: string; reason: string }> = [];
	if (types.size === 0 || !Object.keys(attributes).some((name) => types.has(name))) return { attributes, refused };
	const entries = Object.entries(attributes).flatMap(([name, value]): Array<[string, JsonValue]> => {
		const type = types.get(name);
		if (type === undefined || value === undefined) return [[name, value]];
		const result = coerce(name, value, type);
		if (result.ok) return [[name, result.value]];
		refused.push({ name, reason: result.reason });
		return [];
	});
	return { attributes: Object.fromEntries(entries), refused };
}
