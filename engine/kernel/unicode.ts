import { canonicalJson, isJsonObject } from './json';

const SUSPECT = /[\0\ud800-\udfff]/;

/** JSON.stringify escapes exactly these two: NUL and lone surrogates. A literal backslash before "u0000" only costs a needless cleaning. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/;

/** Text without NUL characters and with lone surrogates replaced by U+FFFD. No text of PostgreSQL holds the one, no jsonb the other; cutting a text in the middle of an emoji makes them. */
export function cleanText(text: string): string {
	return SUSPECT.test(text) ? Buffer.from(text.replaceAll('\0', ''), 'utf8').toString('utf8') : text;
}

/** Whether JSON.stringify's text holds what a jsonb does not take. */
export function isUnstorable(json: string): boolean {
	return UNSTORABLE.test(json);
}

/** A value of JSON, names included, with each text as cleanText gives it. */
export function cleanJson(value: unknown): unknown {
	if (typeof value === 'string') return cleanText(value);
	if (Array.isArray(value)) return value.map(cleanJson);
	if (isJsonObject(value)) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [cleanText(name), cleanJson(inner)]));
	return value;
}

/** Whether a database that was given this keeps that: PostgreSQL keeps it cleaned. Without this rule a configuration with half an emoji in it would be another one each time somebody looks. */
export function isKeptAs(given: unknown, kept: unknown): boolean {
	const [asGiven, asKept] = [canonicalJson(given), canonicalJson(kept)];
	return asGiven === asKept || (isUnstorable(asGiven) && canonicalJson(cleanJson(JSON.parse(asGiven))) === asKept);
}
