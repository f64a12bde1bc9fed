/** Longest server text kept in a reason. */
const MAX_LENGTH = 200;

/**
 * A server's reply for a reason: addresses, the recipient's name part and secrets are taken out, since replies echo
 * them (`550 <ann@example.com>: user unknown`) and reasons are shown, logged and kept.
 */
export function redacted(text: string, personal: string[], secrets: string[]): string {
	let result = text;
	for (const secret of secrets) result = replaceAll(result, secret, '[secret]');
	for (const value of personal) result = replaceAll(result, value, '[address]');
	// From the beginnings of words alone: a word without an @ is then read once, and not once for each of its letters. A page in place of an answer may hold one of megabytes.
	result = result.replace(/(?<![^\s<>()"',;:])[^\s<>()"',;:]+(@|%40|=40)[^\s<>()"',;:]+/g, '[address]');
	for (const value of personal) {
		const name = value.split('@')[0] ?? '';
		// Shorter ones ("jo") would black out ordinary words, and alone they name nobody.
		if (name.length >= 3) result = replaceAll(result, name, '[address]');
	}
	result = result.replace(/\p{Cc}+/gu, ' ').trim();
	return result.length > MAX_LENGTH ? `${result.slice(0, MAX_LENGTH - 1)}…` : result;
}

function replaceAll(text: string, value: string, replacement: string): string {
	if (value === '') return text;
	return text.replace(new RegExp(value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'gi'), replacement);
}
