import { isJsonObject, type JsonObject, type JsonValue } from '../../kernel';

/** What a notification may come to, of Apple's, Google's and the browsers' push services alike. Bytes of UTF-8. */
export const MOST_PAYLOAD_BYTES = 4096;

/** Objects are joined, anything else is replaced; null takes a field out. */
export function overlaid(under: JsonObject, over: JsonObject | undefined): JsonObject {
	if (over === undefined) return under;
	const joined: Record<string, JsonValue> = { ...under };
	for (const [name, value] of Object.entries(over)) {
		const below = joined[name];
		if (value === null) delete joined[name];
		else joined[name] = isJsonObject(value) && isJsonObject(below) ? overlaid(below, value) : value;
	}
	return joined;
}

/** An override without what would choose other recipients, by the names that a service has for them. */
export function withoutRecipients(over: JsonObject | undefined, names: RegExp): JsonObject | undefined {
	return over === undefined ? undefined : Object.fromEntries(Object.entries(over).filter(([name]) => !names.test(name)));
}

export function bytesOf(payload: JsonObject): number {
	return Buffer.byteLength(JSON.stringify(payload));
}

/** A UUID that is always the same for the same message and device, where a service wants one. */
export function uuidOf(hash: Uint8Array): string {
	const hex = Buffer.from(hash.subarray(0, 16)).toString('hex');
	// Version 8: made of a hash of our own choice (RFC 9562, 5.8).
	const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** What is left out where it is undefined. */
export function filled(fields: Record<string, JsonValue | undefined>): JsonObject {
	return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));
}
