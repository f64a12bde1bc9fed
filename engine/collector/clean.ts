import type { JsonObject, JsonValue } from '../kernel';

const DEEPEST = 60;

/**
 * The same message without what a database cannot keep: NUL characters and halves of surrogate pairs (PostgreSQL refuses both
 * in JSON, and one such message would fail the whole batch, retry after retry). null when it is nested deeper than any real one.
 */
export function cleaned(message: JsonObject): JsonObject | null {
	try {
		return copy(message, 0) as JsonObject;
	} catch (error) {
		if (error instanceof TooDeep) return null;
		throw error;
	}
}

class TooDeep extends Error {}

function copy(value: JsonValue, depth: number): JsonValue {
	if (typeof value === 'string') return text(value);
	if (typeof value !== 'object' || value === null) return value;
	if (depth >= DEEPEST) throw new TooDeep();
	if (Array.isArray(value)) return value.map((entry) => copy(entry, depth + 1));
	return Object.fromEntries(Object.entries(value).map(([key, entry]) => [text(key), copy(entry, depth + 1)]));
}

const UNKEEPABLE = /\p{Surrogate}|\0/gu;

function text(value: string): string {
	return value.replace(UNKEEPABLE, '');
}
