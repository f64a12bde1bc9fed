import type { Liquid } from 'liquidjs';

import { registerDates } from './filters/dates';
import { registerNumbers } from './filters/numbers';
import { registerWords } from './filters/words';

type Handler = (this: unknown, value: unknown, ...args: unknown[]) => unknown;

/** Liquid filters of our own, for HTML and text alike. A filter must not read a clock or the disk. */
export function registerFilters(liquid: Liquid): void {
	registerDates(liquid);
	registerNumbers(liquid);
	registerWords(liquid);
}

/**
 * In HTML every value is escaped at its end, so a filter that has escaped already must say so (`raw: true`),
 * else `{{ name | escape }}`, right in every other Liquid, would show &amp;lt; to people.
 */
export function registerEscapingFilters(liquid: Liquid): void {
	const escapeOnce = builtIn(liquid, 'escape_once');
	liquid.registerFilter('escape', { raw: true, handler: escapeValue });
	liquid.registerFilter('escape_once', {
		raw: true,
		handler(this: unknown, value: unknown) {
			return withoutMarks(String(escapeOnce.call(this, value)));
		},
	});
	liquid.registerFilter('newline_to_br', {
		raw: true,
		handler(this: unknown, value: unknown) {
			// escape_once, because `escape | newline_to_br` is the usual way to write it.
			return withoutMarks(String(escapeOnce.call(this, value))).replace(/\r?\n/g, '<br />\n');
		},
	});
}

/** In the text part of an HTML template there is nothing to escape. */
export function registerPlainFilters(liquid: Liquid): void {
	for (const name of ['escape', 'escape_once', 'newline_to_br']) liquid.registerFilter(name, textOf);
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', '\'': '&#39;' };

/** As liquidjs's own escape, and without the characters that mark links (links.ts). */
export function escapeValue(value: unknown): string {
	const text = textOf(value);
	return /[&<>"'\u0001-\u0003]/.test(text) ? withoutMarks(text).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character) : text;
}

/** For the text part of an HTML template. */
export function plainValue(value: unknown): string {
	return withoutMarks(textOf(value));
}

function withoutMarks(text: string): string {
	return text.replace(/[\u0001-\u0003]/g, '');
}

/** As liquidjs writes a value out. */
function textOf(value: unknown): string {
	if (typeof value === 'string') return value;
	if (value === null || value === undefined) return '';
	return Array.isArray(value) ? value.map(textOf).join('') : String(value);
}

function builtIn(liquid: Liquid, name: string): Handler {
	const filter: unknown = liquid.filters[name];
	if (typeof filter !== 'function') throw new TypeError(`liquidjs has no filter ${name}`);
	return filter as Handler;
}
