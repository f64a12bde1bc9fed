export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

export function isJsonObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at a dotted path of objects; null: nothing. Names inherited by every object ('constructor') are none of it. */
export function valueAtPath(value: JsonValue, path: string): JsonValue {
	return path.split('.').reduce<JsonValue>((at, name) => (isJsonObject(at) && Object.hasOwn(at, name) ? (at[name] ?? null) : null), value);
}

/** JSON with sorted keys: two equal values give the same text, for hashing and comparing. */
export function canonicalJson(value: unknown): string {
	return JSON.stringify(value, (_key, inner: unknown) =>
		isJsonObject(inner)
			? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
			: inner,
	);
}
