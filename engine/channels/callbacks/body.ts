/** Reading what a service sent, of which nothing is certain. */
export type Fields = Record<string, unknown>;

export function fieldsOf(value: unknown): Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function textOf(value: unknown): string | null {
	if (typeof value === 'number') return String(value);
	return typeof value === 'string' && value !== '' ? value : null;
}

/** The body as JSON; undefined when it is none. */
export function jsonOf(body: Uint8Array): unknown {
	try {
		return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as unknown;
	} catch {
		return undefined;
	}
}

/** An instant as services write it: ISO 8601, or seconds or milliseconds since 1970; in ms. */
export function instantOf(value: unknown): number | null {
	const number = typeof value === 'number' ? value : typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : null;
	if (number !== null) return number > 1e11 ? number : number * 1000;
	const parsed = typeof value === 'string' ? Date.parse(value) : NaN;
	return Number.isNaN(parsed) ? null : parsed;
}
