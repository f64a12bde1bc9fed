import type { Liquid } from 'liquidjs';
import { DateTime } from 'luxon';

import { argumentsOf, languageGiven, zoneFor, type FilterThis } from './locale';
import { FilterMisuse } from './misuse';

/** By name; anything else without a % is a pattern of luxon (https://moment.github.io/luxon/#/formatting, table of tokens). */
const STYLES: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
	short: { dateStyle: 'short' },
	medium: { dateStyle: 'medium' },
	long: { dateStyle: 'long' },
	full: { dateStyle: 'full' },
	time: { timeStyle: 'short' },
	datetime: { dateStyle: 'long', timeStyle: 'short' },
	weekday: { weekday: 'long' },
	month: { month: 'long', year: 'numeric' },
	day: { day: 'numeric', month: 'long' },
};

/** A number beyond it is of milliseconds: in seconds it would be the year 5138. */
const SECONDS_END = 1e11;
const DAY_ONLY = /^\d{4}-\d{2}-\d{2}$/;
const WRITTEN_DAY = /^\d{4}-\d{2}-\d{2}/;
/** ISO 8601 begins with the year. luxon also reads a time of day, '20' or '12:30', which would be today's. */
const WITH_YEAR = /^([-+]\d{6}|\d{4})/;

type BuiltIn = (this: unknown, value: unknown, format?: unknown, zone?: unknown) => unknown;

/**
 * date: in the person's zone and language. `{{ order.at | date: 'long' }}` by style (short, medium, long, full, time, datetime, weekday, month, day), `date: 'd. MMMM yyyy'` by luxon's pattern,
 * `date: '%d.%m.%Y'` as in any Liquid (names in English), all with `zone: 'Europe/Berlin'` and `locale: 'de'` if need be. A date without a time is that day everywhere; a time
 * without a zone is the person's. What is no date stays as it is, a day that no month has too. 'now' and 'today' are Liquid's own words for the moment of sending.
 */
export function registerDates(liquid: Liquid): void {
	const builtIn = liquid.filters.date as unknown as BuiltIn;
	liquid.registerFilter('date', function (this: FilterThis, value: unknown, ...given: unknown[]) {
		const { named, plain } = argumentsOf(given);
		const format = typeof plain[0] === 'string' && plain[0] !== '' ? plain[0] : 'long';
		const zone = typeof named.zone === 'string' ? named.zone : (plain[1] ?? zoneFor(this));
		if (format.includes('%') || typeof zone !== 'string') return byStrftime.call(this, builtIn, value, format, zone);
		const at = momentOf(isNow(value) ? Number(builtIn.call(this, value, '%s')) : value, zone);
		if (at === null) return value;
		if (!at.isValid) throw new FilterMisuse('date does not know this zone', 'Write it as Europe/Berlin, or give the value it is taken from a default');
		const inLanguage = at.setLocale(languageGiven(this, named));
		const style = Object.hasOwn(STYLES, format) ? STYLES[format] : undefined;
		return style === undefined ? inLanguage.toFormat(format) : inLanguage.toLocaleString(style);
	});
}

function isNow(value: unknown): boolean {
	return value === 'now' || value === 'today';
}

function byStrftime(this: FilterThis, builtIn: BuiltIn, value: unknown, format: string, zone: unknown): unknown {
	const known = Object.hasOwn(STYLES, format) ? '%Y-%m-%d' : format;
	if (typeof value !== 'string' || isNow(value)) return builtIn.call(this, value, known, zone);
	// JavaScript would make the 30th of February the 2nd of March.
	if (WRITTEN_DAY.test(value.trim()) && isoOf(value, 'UTC').invalidReason === 'unit out of range') return value;
	const at = typeof zone === 'string' ? momentOf(value, zone) : null;
	return at === null || !at.isValid ? builtIn.call(this, value, known, zone) : builtIn.call(this, at.toISO(), known, DAY_ONLY.test(value.trim()) ? 'UTC' : zone);
}

/** null: it is no date. Invalid: it is one, and the zone is none. */
function momentOf(value: unknown, zone: string): DateTime | null {
	if (value instanceof Date) return dated(DateTime.fromJSDate(value, { zone }));
	if (typeof value === 'number') return Number.isFinite(value) ? dated(fromNumber(value, zone)) : null;
	if (typeof value !== 'string') return null;
	const text = value.trim();
	if (/^\d{9,13}$/.test(text)) return dated(fromNumber(Number(text), zone));
	if (!WITH_YEAR.test(text)) return null;
	if (DAY_ONLY.test(text)) return DateTime.fromMillis(0, { zone }).isValid ? dated(DateTime.fromISO(text, { zone: 'UTC' })) : DateTime.invalid('unsupported zone');
	return dated(isoOf(text, zone));
}

/** With a space before the time, too, as databases write it. */
function isoOf(text: string, zone: string): DateTime {
	return DateTime.fromISO(text.trim().replace(/^(\d{4}-\d{2}-\d{2}) (?=\d)/, '$1T'), { zone });
}

function fromNumber(value: number, zone: string): DateTime {
	return DateTime.fromMillis(Math.abs(value) < SECONDS_END ? value * 1000 : value, { zone });
}

function dated(at: DateTime): DateTime | null {
	return at.isValid || at.invalidReason === 'unsupported zone' ? at : null;
}
