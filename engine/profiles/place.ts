import { createRequire } from 'node:module';

import { isJsonObject, type JsonObject, type JsonValue } from '../kernel';
import { isZone } from '../kernel/local-time';
import { textDegrees, textNumber } from '../store';

export interface Location {
	/** Degrees, -90 to 90. */
	lat: number;
	/** Degrees, -180 to 180. */
	lon: number;
}

export interface Whereabouts {
	attributes: JsonObject;
	/** E.164: the number they are known by, for when the attribute `phone` names no country, as one in the local form does not. */
	phone?: string | null;
}

/**
 * A location however a sender writes it: { lat, lon }, { latitude, longitude }, lng for lon, or the text "52.52, 13.4". null: it is none.
 * Conditions on a place read the same in SQL (segments/place-sql.ts).
 */
export function readLocation(value: JsonValue | undefined): Location | null {
	if (typeof value === 'string') return inRange(textDegrees(value, 'lat'), textDegrees(value, 'lon'));
	if (!isJsonObject(value)) return null;
	return inRange(firstNumber([value.lat, value.latitude]), firstNumber([value.lon, value.lng, value.longitude]));
}

/** The first that is a number, or a text that reads as one. */
function firstNumber(values: ReadonlyArray<JsonValue | undefined>): number | null {
	for (const value of values) {
		const number = typeof value === 'number' ? value : textNumber(value);
		if (number !== null) return number;
	}
	return null;
}

function inRange(lat: number | null, lon: number | null): Location | null {
	return lat !== null && lon !== null && Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : null;
}

/** Where the attributes say that the person is: `location`, else `lat` and `lon` (or latitude and longitude) standing alone. */
export function locationOf(attributes: JsonObject): Location | null {
	return readLocation(attributes.location) ?? readLocation(attributes);
}

/** Attributes that locationOf reads. */
export const LOCATION_FROM: readonly string[] = ['location', 'lat', 'latitude', 'lon', 'lng', 'longitude'];

/** Attributes that may hold the zone, the first that holds one counts. */
export const ZONE_ATTRIBUTES: readonly string[] = ['timezone', 'time_zone', 'timeZone', 'zone'];
/** What a device tells of its owner by itself, and the attributes that say the same. */
export const DEVICE_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = { timezone: ZONE_ATTRIBUTES, locale: ['locale', 'language'] };
const COUNTRY_ATTRIBUTES: readonly string[] = ['country', 'country_code', 'countryCode'];
/** Attributes (the first name of each path) that a person's zone may follow from. */
export const ZONE_FROM: ReadonlySet<string> = new Set([...ZONE_ATTRIBUTES, ...COUNTRY_ATTRIBUTES, 'address', 'phone']);

/**
 * IANA zone of a person: the attribute timezone, time_zone, timeZone or zone when it is one; else that of their country, when the
 * country has the same time everywhere; else the fallback.
 */
export function zoneOf(person: Whereabouts, fallback: string): string {
	return zoneFoundFor(person)?.zone ?? fallback;
}

/** The zone with where it is from: the name of an attribute, or 'country'. null: not known. */
export function zoneFoundFor(person: Whereabouts): { zone: string; from: string } | null {
	for (const name of ZONE_ATTRIBUTES) {
		const zone = person.attributes[name];
		if (typeof zone === 'string' && isZone(zone.trim())) return { zone: zone.trim(), from: name };
	}
	const country = countryOf(person);
	const zone = country === null ? null : zoneOfCountry(country);
	return zone === null ? null : { zone, from: 'country' };
}

/**
 * ISO 3166-1 alpha-2 of a person: the attribute country, country_code or countryCode (a code or an English name; `address.country`
 * too), else that of their phone. null: not known.
 */
export function countryOf(person: Whereabouts): string | null {
	return countryFoundFor(person)?.country ?? null;
}

/** The country with where it is from: the name of an attribute, or 'phone'. null: not known. */
export function countryFoundFor({ attributes, phone }: Whereabouts): { country: string; from: string } | null {
	const { address } = attributes;
	const stated = [...COUNTRY_ATTRIBUTES.map((name) => [name, attributes[name]] as const), ['address.country', isJsonObject(address) ? address.country : undefined] as const];
	for (const [from, value] of stated) {
		const country = typeof value === 'string' ? countryNamed(value) : null;
		if (country !== null) return { country, from };
	}
	for (const number of [attributes.phone, phone]) {
		const country = typeof number === 'string' ? countryOfPhone(number) : null;
		if (country !== null) return { country, from: 'phone' };
	}
	return null;
}

const zoneOfCountries = new Map<string, string | null>();
/** Midwinter and midsummer of some years: zones that agree on all of them are one (Berlin and Büsingen). */
const COMPARED_MS = ['2024-01-15', '2024-07-15', '2026-01-15', '2026-04-15', '2026-07-15', '2026-10-30'].map((day) => Date.parse(`${day}T12:00:00Z`));

/** The zone of a country that has one; null where the time depends on the place. */
function zoneOfCountry(country: string): string | null {
	let zone = zoneOfCountries.get(country);
	if (zone === undefined) {
		const all = zonesOf(country);
		const times = new Set(all.map((one) => COMPARED_MS.map((ms) => localTime(one, ms)).join()));
		zone = times.size === 1 ? (all[0] ?? null) : null;
		zoneOfCountries.set(country, zone);
	}
	return zone;
}

function zonesOf(country: string): string[] {
	const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & { getTimeZones?(): string[] | undefined; timeZones?: string[] };
	return locale.getTimeZones?.() ?? locale.timeZones ?? [];
}

function localTime(zone: string, ms: number): string {
	return new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: '2-digit', hour: '2-digit', minute: '2-digit' }).format(new Date(ms));
}

let names: Map<string, string> | undefined;

function countryNamed(text: string): string | null {
	const wanted = text.trim();
	if (wanted.length < 2 || wanted.length > 60) return null;
	names ??= countryNames();
	return names.get(wanted.toUpperCase()) ?? null;
}

/** Codes and English names, in upper case, to the code. */
function countryNames(): Map<string, string> {
	const display = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
	const found = new Map<string, string>([['UK', 'GB'], ['USA', 'US'], ['UNITED STATES OF AMERICA', 'US'], ['TURKEY', 'TR'], ['CZECH REPUBLIC', 'CZ']]);
	for (const code of phoneLibrary().getCountries()) {
		found.set(code, code);
		const name = display.of(code);
		if (name !== undefined) found.set(name.toUpperCase(), code);
	}
	return found;
}

/** A number plan of several countries (+1, +44) gives the country only where the number tells it. */
export function countryOfPhone(phone: string): string | null {
	return phoneLibrary().parsePhoneNumberFromString(phone)?.country ?? null;
}

type PhoneLibrary = typeof import('libphonenumber-js');
let phones: PhoneLibrary | undefined;

/** 150 KB of metadata: only who asks for countries or sends phone numbers pays for loading it. */
export function phoneLibrary(): PhoneLibrary {
	phones ??= createRequire(__filename)('libphonenumber-js') as PhoneLibrary;
	return phones;
}
