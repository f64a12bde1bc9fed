import { isJsonObject, knownTag, type JsonObject } from '../../kernel';
import { zoneOf } from '../../profiles';
import { SURROUNDED, type Surroundings } from '../surroundings';

/** Where nobody says otherwise. */
const LANGUAGE = 'en';
const ZONE = 'UTC';
const CURRENCY = 'USD';

/** What a filter finds as `this`. */
export interface FilterThis {
	context: { environments: object };
}

interface Environment {
	profile?: unknown;
	[SURROUNDED]?: Surroundings;
}

/**
 * The language that values are written in: that of the content, with the person's own region where that is the same language ('en' for somebody of 'en-GB' is
 * 'en-GB'); without one the person's; else the first of the settings. Only tags that Intl knows.
 */
export function languageFor(filter: FilterThis): string {
	const { profile, [SURROUNDED]: around } = filter.context.environments as Environment;
	const spoken = isJsonObject(profile as never) ? spokenBy(profile as JsonObject) : null;
	const written = around?.language ?? null;
	if (written === null) return spoken ?? around?.fallbackLanguage ?? LANGUAGE;
	return spoken !== null && base(spoken) === base(written) && !written.includes('-') ? spoken : written;
}

/** IANA zone of the person, else that of the settings. */
export function zoneFor(filter: FilterThis): string {
	const { profile, [SURROUNDED]: around } = filter.context.environments as Environment;
	const fallback = around?.zone ?? ZONE;
	return isJsonObject(profile as never) ? zoneOf({ attributes: profile as JsonObject }, fallback) : fallback;
}

export function currencyFor(filter: FilterThis): string {
	return (filter.context.environments as Environment)[SURROUNDED]?.currency ?? CURRENCY;
}

/** Attributes that may say what somebody speaks, the first that names a language counts. */
function spokenBy(profile: JsonObject): string | null {
	for (const value of [profile.locale, profile.language]) {
		const tag = typeof value === 'string' ? knownTag(value) : null;
		if (tag !== null) return tag;
	}
	return null;
}

function base(tag: string): string {
	return tag.split('-')[0] ?? tag;
}

/** liquidjs hands `name: value` over as [name, value], behind and between the others. */
export function argumentsOf(given: readonly unknown[]): { named: Record<string, unknown>; plain: unknown[] } {
	const isNamed = (one: unknown): one is [string, unknown] => Array.isArray(one) && one.length === 2 && typeof one[0] === 'string';
	return { named: Object.fromEntries(given.filter(isNamed)), plain: given.filter((one) => !isNamed(one)) };
}

/** The language that a filter was given by `locale:`, else the usual one. */
export function languageGiven(filter: FilterThis, named: Record<string, unknown>): string {
	return (typeof named.locale === 'string' ? knownTag(named.locale) : null) ?? languageFor(filter);
}

/** Formatters of Intl take some 50 µs to make; a mail uses the same few for everybody. */
export function remembered<Formatter>(make: (...key: string[]) => Formatter): (...key: string[]) => Formatter {
	const made = new Map<string, Formatter>();
	return (...key) => {
		const name = key.join('\u0000');
		let formatter = made.get(name);
		if (formatter === undefined) {
			formatter = make(...key);
			if (made.size < 500) made.set(name, formatter);
		}
		return formatter;
	};
}
