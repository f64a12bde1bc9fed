import type { Liquid } from 'liquidjs';

type Handler = (this: unknown, value: unknown, ...args: unknown[]) => unknown;

/**
 * The place for Liquid filters of our own (money, dates in the profile's zone, coupons), for HTML and text alike:
 * one `liquid.registerFilter` each. A filter must not read a clock or the disk.
 */
export function registerFilters(liquid: Liquid): void {
	void liquid;
}

/**
 * In HTML every value is escaped at its end, so a filter that has escaped already must say so (`raw: true`),
 * else `{{ name | escape }}`, right in every other Liquid, would show &amp;lt; to people.
 */
export function registerEscapingFilters(liquid: Liquid): void {
	const escape = builtIn(liquid, 'escape');
	const escapeOnce = builtIn(liquid, 'escape_once');
	liquid.registerFilter('escape', { raw: true, handler: escape });
	liquid.registerFilter('escape_once', { raw: true, handler: escapeOnce });
	liquid.registerFilter('newline_to_br', {
		raw: true,
		handler(this: unknown, value: unknown) {
			// escape_once, because `escape | newline_to_br` is the usual way to write it.
			return String(escapeOnce.call(this, value)).replace(/\r?\n/g, '<br />\n');
		},
	});
}

function builtIn(liquid: Liquid, name: string): Handler {
	const filter: unknown = liquid.filters[name];
	if (typeof filter !== 'function') throw new TypeError(`liquidjs has no filter ${name}`);
	return filter as Handler;
}
