import { canonicalJson, type JsonValue } from '../kernel';
import { coerce, type DeclaredTypes } from './attribute-types';
import { addDecimals } from './decimal';
import { LARGEST_JSON_BYTES, storable } from './storable';

export const ATTRIBUTE_OPERATIONS = ['set', 'setOnce', 'increment', 'append', 'remove', 'unset'] as const;

export interface AttributeOperation {
	attribute: string;
	/**
	 * set; setOnce: only when it does not exist (or is null). increment: adds `value`, a number or decimal text, negative to lower;
	 * what does not exist counts as 0. append: one value, or each of a list, to the end of a list. remove: every element equal to
	 * the value, or to one of a list of values. unset.
	 */
	operation: (typeof ATTRIBUTE_OPERATIONS)[number];
	/** Not for unset. */
	value?: JsonValue;
	/** append: leaves out what is in the list already. Default false. */
	unique?: boolean;
}

const MOST_ELEMENTS = 1000;

/** Checks the form of operations, before anything is known of the person. A text is the reason the row is refused. */
export function readOperations(given: unknown): AttributeOperation[] | string {
	if (given === undefined || given === null) return [];
	if (!Array.isArray(given)) return '"operations" is not a list of { attribute, operation, value }.';
	const operations: AttributeOperation[] = [];
	for (const one of given as unknown[]) {
		const entry = (typeof one === 'object' && one !== null ? one : {}) as Partial<AttributeOperation>;
		if (typeof entry.attribute !== 'string' || !ATTRIBUTE_OPERATIONS.includes(entry.operation as AttributeOperation['operation'])) {
			return `"operations" is not a list of { attribute, operation, value }, with one of the operations ${ATTRIBUTE_OPERATIONS.join(', ')}.`;
		}
		const checked = storable({ [entry.attribute]: entry.value ?? null }, 'operations');
		if (!checked.ok) return checked.reason;
		const [[attribute = '', value = null] = []] = Object.entries(JSON.parse(checked.json) as Record<string, JsonValue>);
		const { operation } = entry as AttributeOperation;
		if (value === null && operation !== 'unset' && operation !== 'set') return `The operation "${operation}" on "${attribute}" needs a value.`;
		if (operation === 'increment' && addDecimals(String(value), '0') === null) return `The operation "increment" on "${attribute}" needs a number.`;
		operations.push({ attribute, operation, value, unique: entry.unique === true });
	}
	return operations;
}

export type Operated = { ok: true; value: JsonValue } | { ok: false; reason: string };

/** The value of one attribute after an operation; null: it does not exist. */
export function operate(current: JsonValue | undefined, { attribute, operation, value = null, unique }: AttributeOperation, types: DeclaredTypes): Operated {
	const old = current ?? null;
	const typed = (next: JsonValue): Operated => {
		const type = types.get(attribute);
		return type === undefined ? { ok: true, value: next } : coerce(attribute, next, type);
	};
	switch (operation) {
		case 'unset': return { ok: true, value: null };
		case 'set': return typed(value);
		case 'setOnce': return old === null ? typed(value) : { ok: true, value: old };
		case 'increment': return increment(attribute, old, value);
		case 'append': return append(attribute, old, Array.isArray(value) ? value : [value], unique === true);
		case 'remove': return remove(attribute, old, Array.isArray(value) ? value : [value]);
	}
}

/** 0.1 and 0.2 are 0.3. A number that is stored as text stays text, so an amount longer than a number holds loses nothing. */
function increment(attribute: string, old: JsonValue, by: JsonValue): Operated {
	const isText = typeof old === 'string' && old !== '';
	if (old !== null && old !== '' && typeof old !== 'number' && !isText) return refuse(attribute, 'is not a number, so nothing can be added to it');
	const sum = addDecimals(old === null || old === '' ? '0' : String(old), String(by));
	if (sum === null) return refuse(attribute, 'is not a number, so nothing can be added to it');
	if (isText) return { ok: true, value: sum };
	const number = Number(sum);
	return Number.isFinite(number) ? { ok: true, value: number } : refuse(attribute, 'would become larger than a number can be');
}

function append(attribute: string, old: JsonValue, values: readonly JsonValue[], unique: boolean): Operated {
	const list = listOf(old);
	if (list === null) return refuse(attribute, 'is not a list, so nothing can be appended to it');
	const seen = new Set(unique ? list.map(canonicalJson) : []);
	const next = [...list];
	for (const value of values) {
		if (unique && seen.has(canonicalJson(value))) continue;
		seen.add(canonicalJson(value));
		next.push(value);
	}
	if (next.length > MOST_ELEMENTS || Buffer.byteLength(JSON.stringify(next)) > LARGEST_JSON_BYTES) {
		return refuse(attribute, `would have more than ${MOST_ELEMENTS} elements or ${LARGEST_JSON_BYTES / 1024} KB; record events instead of appending without end`);
	}
	return { ok: true, value: next };
}

function remove(attribute: string, old: JsonValue, values: readonly JsonValue[]): Operated {
	if (old === null) return { ok: true, value: null };
	const list = listOf(old);
	if (list === null) return refuse(attribute, 'is not a list, so nothing can be removed from it');
	const gone = new Set(values.map(canonicalJson));
	return { ok: true, value: list.filter((value) => !gone.has(canonicalJson(value))) };
}

function listOf(value: JsonValue): JsonValue[] | null {
	return Array.isArray(value) ? value : value === null || value === '' ? [] : null;
}

function refuse(attribute: string, what: string): Operated {
	return { ok: false, reason: `The attribute "${attribute}" ${what}. Nothing of this row was set.` };
}
