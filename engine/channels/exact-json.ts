/** Newer than TypeScript's own types: what a number was written as. */
type Reviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown;

/**
 * JSON.parse, but integers that a number cannot hold exactly (Viber's message tokens) come as text. Throws as JSON.parse does.
 */
export function parseExactJson(text: string): unknown {
	if (!/\d{16}/.test(text)) return JSON.parse(text) as unknown;
	const exact: Reviver = (_key, value, context) => (typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '') ? context?.source : value);
	return JSON.parse(text, exact) as unknown;
}
