import { reasonInWords, type ImportedReason } from '../consent';
import { isJsonObject, type JsonValue } from '../kernel';

/** true, false and numbers that are written the way numbers are: '007', '+49' and '1.50' stay texts, nothing is lost. */
export function typed(value: string): JsonValue {
	if (value === 'true' || value === 'false') return value === 'true';
	const number = Number(value);
	return String(number) === value && Number.isFinite(number) && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : value;
}

/** A cell without the apostrophe that keeps spreadsheets from reading a formula or a number ('+4917…, '00123); 't Hooft keeps his. */
export function bare(text: string): string {
	return /^'[=+\-@\d]/.test(text) ? text.slice(1).trim() : text;
}

/** A value as text, for what can only be one (identities, names, words); '' for what cannot. */
export function asText(value: JsonValue | undefined): string {
	if (typeof value === 'string') return value.trim();
	return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** An amount as shops write it: '1,234.50', '1.234,50', '12.5', '$12.50'. null: no amount. */
export function amount(value: JsonValue | undefined): number | null {
	if (typeof value === 'number') return value;
	const text = asText(value).replace(/[^\d.,-]/g, '');
	if (!/\d/.test(text)) return null;
	// Of two separators the last one is that of the decimals, and one that comes twice is none.
	const continental = /,\d{1,2}$/.test(text) || text.split('.').length > 2;
	const number = Number(continental ? text.replace(/\./g, '').replace(',', '.') : text.replace(/,/g, ''));
	return Number.isFinite(number) ? number : null;
}

/** Tags and the like: a JSON list, or texts between commas, each perhaps in quotes ("VIP","Blog"). */
export function list(value: JsonValue | undefined): string[] {
	const given = typeof value === 'string' && value.trimStart().startsWith('[') ? parsed(value) : value;
	if (Array.isArray(given)) return given.map(asText).filter((text) => text !== '');
	const text = typeof given === 'string' ? given : asText(given);
	const parts = text.match(/"(?:[^"]|"")*"|[^,]+/g) ?? [];
	return parts.map((part) => part.trim().replace(/^"(.*)"$/, '$1').trim()).filter((part) => part !== '');
}

/** A list or an object from its JSON text; undefined when it is not one. */
export function parsed(text: string): JsonValue[] | Record<string, JsonValue> | undefined {
	try {
		const value = JSON.parse(text) as JsonValue;
		return Array.isArray(value) || isJsonObject(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

const YES = new Set(['yes', 'y', 'true', '1', 'subscribed', 'subscribe', 'opted in', 'opted-in', 'opt-in', 'optin', 'granted']);
const NO = new Set(['no', 'n', 'false', '0', 'unsubscribed', 'unsubscribe', 'opted out', 'opted-out', 'opt-out', 'optout', 'denied', 'revoked']);
const PENDING = new Set(['pending', 'never_subscribed', 'never subscribed', 'nonsubscribed', 'non-subscribed', 'not_subscribed', 'not subscribed', 'transactional', 'unconfirmed']);

/**
 * A state of consent from the words that other systems use. "Never subscribed" becomes pending: nobody opted out, and nobody
 * said yes, so nothing is sent until the person does. null: no such word.
 */
export function consentState(value: JsonValue | undefined): 'subscribed' | 'unsubscribed' | 'pending' | 'none' | null {
	const word = asText(value).toLowerCase();
	if (YES.has(word)) return 'subscribed';
	if (NO.has(word)) return 'unsubscribed';
	if (word === 'none') return 'none';
	return PENDING.has(word) ? 'pending' : null;
}

/** Why an address is suppressed, from the words of other systems; null: it is not ('no', 'false', '[]', …). */
export function suppressionReason(value: JsonValue | undefined): ImportedReason | null {
	return reasonInWords((Array.isArray(value) ? value.map(asText).join(' ') : asText(value)).toLowerCase());
}

/** A time as exports write it, made readable for the engine; UTC where no zone is given. Month first between slashes, as WooCommerce's suite. */
export function moment(value: JsonValue | undefined): string | number | undefined {
	if (typeof value === 'number') return value;
	const text = asText(value);
	if (text === '') return undefined;
	const american = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
	if (american === null) return text;
	const [, month = '', day = '', year = '', hour = '0', minute = '00', second = '00'] = american;
	return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T${hour.padStart(2, '0')}:${minute}:${second}Z`;
}
