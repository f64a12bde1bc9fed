import type { JsonValue } from '../kernel';
import { parsed, typed } from './values';

/**
 * Spreadsheets run a cell that starts with one of these as a formula, also when it is quoted (https://owasp.org/www-community/attacks/CSV_Injection).
 * An apostrophe in front makes it text; reading our own files back takes it off again. Space: some trim before they look.
 */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;
const QUOTED = /[",;\t\r\n]|^\s|\s$/;

/** A text as a cell (RFC 4180), disarmed. */
export function cell(text: string): string {
	return quoted(FORMULA.test(text) ? `'${text}` : text);
}

/** A value as a cell from which reading our own file makes the same value again, type included. */
export function valueCell(value: JsonValue | undefined): string {
	if (value === undefined || value === null) return '';
	if (typeof value === 'object') return quoted(JSON.stringify(value));
	if (typeof value !== 'string') return String(value);
	const looksTyped = value === '' || value.startsWith("'") || typeof typed(value) !== 'string' || (/^[[{]/.test(value) && parsed(value) !== undefined);
	return looksTyped ? quoted(`'${value}`) : cell(value);
}

/** A text that is only ever read back as text. */
export function textCell(text: string): string {
	return text.startsWith("'") ? quoted(`'${text}`) : cell(text);
}

/** Identities of one kind: one as text, several as a list. */
export function identityCell(values: readonly string[]): string {
	const [value] = values;
	if (value === undefined) return '';
	if (values.length > 1) return quoted(JSON.stringify(values));
	return value.startsWith('[') ? quoted(`'${value}`) : textCell(value);
}

function quoted(text: string): string {
	return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
