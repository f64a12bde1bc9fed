import { cleanJson, isJsonObject, isUnstorable, type JsonObject } from '../kernel';

export { cleanText } from '../kernel';

/** As in Segment's spec: 32 KB a message. Only a row of a file may say more of a person, up to all that one can have (room.ts): what an export writes an import takes. */
export const LARGEST_JSON_BYTES = 32 * 1024;
/** SQLite refuses JSON deeper than 1,000, PostgreSQL runs out of stack; nothing honest comes near this. */
const DEEPEST = 32;
const LONGEST_NAME = 200;

export type Storable = { ok: true; json: string; value: JsonObject } | { ok: false; reason: string };

/**
 * Checks what came from outside before it gets into a batch: one object that a database refuses would fail the other 499.
 * NUL characters and lone surrogates, which no jsonb takes, are removed or replaced; the rest is kept as it is.
 */
export function storable(given: unknown, what: string, largestBytes = LARGEST_JSON_BYTES): Storable {
	if (!isJsonObject(given)) return { ok: false, reason: `"${what}" is not an object of names and values.` };
	for (const name in given) {
		if (name === '' || name.length > LONGEST_NAME) return { ok: false, reason: `A name in "${what}" is empty or longer than ${LONGEST_NAME} characters.` };
		const value = given[name];
		if (typeof value === 'object' && value !== null && isDeeper(value, DEEPEST - 1)) return { ok: false, reason: `"${what}" is nested deeper than ${DEEPEST} levels.` };
	}
	let json: string;
	try {
		json = JSON.stringify(given);
	} catch {
		return { ok: false, reason: `"${what}" holds a value that cannot be written as JSON.` };
	}
	if (json.length * 3 > largestBytes && Buffer.byteLength(json) > largestBytes) {
		return { ok: false, reason: `"${what}" is larger than ${largestBytes / 1024} KB.` };
	}
	if (!isUnstorable(json)) return { ok: true, json, value: given };
	const value = cleanJson(JSON.parse(json)) as JsonObject;
	return { ok: true, json: JSON.stringify(value), value };
}

function isDeeper(value: object, levels: number): boolean {
	if (levels === 0) return true;
	for (const inner of Array.isArray(value) ? value : Object.values(value)) {
		if (typeof inner === 'object' && inner !== null && isDeeper(inner as object, levels - 1)) return true;
	}
	return false;
}

/** A JSON column as it comes back: text from SQLite, a value from PostgreSQL. */
export function storedObject(column: unknown): JsonObject {
	const value: unknown = typeof column === 'string' ? JSON.parse(column) : column;
	return isJsonObject(value) ? value : {};
}

/** A JSON column that holds a list of names, or null for none. */
export function storedNames(column: unknown): string[] {
	const value: unknown = typeof column === 'string' ? JSON.parse(column) : column;
	return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}
