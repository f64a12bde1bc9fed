import { normalisePostal } from '../../kernel';
import type { PostalAddress } from './types';

export const POSTAL_FIELDS = ['name', 'company', 'line1', 'line2', 'city', 'state', 'postalCode', 'country'] as const;
export type PostalFields = Record<(typeof POSTAL_FIELDS)[number], string>;

/** The US post delivers there; Lob takes them as states of the US (API reference, country codes). */
const US_TERRITORIES = new Set(['AS', 'PR', 'FM', 'GU', 'MH', 'MP', 'PW', 'VI']);
/** Lob's limits (API reference, Addresses). */
const LONGEST_US_LINE = 64;
const LONGEST_LINE = 200;

/**
 * An address of what was filled in, or in words why it is none. `countryCode`: ISO 3166-1 alpha-2 of a code or a name. No country is the US, where Lob prints.
 */
export function postalAddress(given: PostalFields, countryCode: (text: string) => string | null): { address: PostalAddress } | { reason: string } {
	const fields = Object.fromEntries(POSTAL_FIELDS.map((field) => [field, given[field].replace(/\s+/g, ' ').trim()])) as PostalFields;
	const named = fields.country === '' ? 'US' : countryCode(fields.country);
	if (named === null) return { reason: 'the country of the postal address is not known: a code of two letters, such as US or DE' };
	const isUs = named === 'US' || US_TERRITORIES.has(named);
	const { company, line2, ...needed } = fields;
	const address: PostalAddress = { ...needed, ...(company === '' ? {} : { company }), ...(line2 === '' ? {} : { line2 }), state: isUs ? stateOf(fields.state, named) : fields.state, country: isUs ? 'US' : named };
	const wrong = wrongWith(address, isUs);
	return wrong === null ? { address } : { reason: wrong };
}

function stateOf(state: string, country: string): string {
	return country === 'US' ? state.toUpperCase() : country;
}

function wrongWith({ name, company = '', line1, line2 = '', city, state, postalCode }: PostalAddress, isUs: boolean): string | null {
	if (line1 === '') return 'no postal address';
	if (name === '' && company === '') return 'the postal address has no name';
	if (line1.length > (isUs ? LONGEST_US_LINE : LONGEST_LINE) || line2.length > (isUs ? LONGEST_US_LINE : LONGEST_LINE)) return 'a line of the postal address is too long';
	if (!isUs) return postalCode === '' && (city === '' || state === '') ? 'the postal address has neither a postal code nor city and state' : null;
	if (city === '') return 'the postal address has no city';
	if (!/^[A-Z]{2}$/.test(state)) return 'the state of the postal address has no two letters';
	return /^\d{5}(-\d{4})?$/.test(postalCode) ? null : 'the postal code is none of the US (12345 or 12345-1234)';
}

/** Whom it reaches is not part of where it goes: a piece that came back to one of a household comes back to all. */
export function normalisedAddress({ line1, line2 = '', city, state, postalCode, country }: PostalAddress): string {
	const code = country === 'US' ? postalCode.slice(0, 5) : postalCode;
	return normalisePostal([line1, line2, city, state, code, country].join(' '));
}
