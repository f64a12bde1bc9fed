import { normalisedAddress, postalAddress } from '../channels/directmail';
import type { JsonObject, JsonValue } from '../kernel';
import { countryOf } from '../profiles';
import type { AddressFor } from './addressed';
import type { ForeseeRequest } from './types';

/** Where direct mail would reach a person, as far as it can be said without the step: what its caller says, else the attributes that the panel of Journey Direct Mail takes by default. */
export function postalFor({ postal }: Pick<ForeseeRequest, 'postal'>, profile: number, attributes: JsonObject): AddressFor {
	if (postal === null) return { to: '' };
	const found = postal?.[profile] ?? usualAddress(attributes);
	return 'reason' in found ? { refused: found.reason } : { to: normalisedAddress(found.address) };
}

/** `address` as Segment's traits have it (https://segment.com/docs/connections/spec/identify/#traits). */
function usualAddress({ name, firstName, lastName, address, country }: JsonObject): ReturnType<typeof postalAddress> {
	const parts = typeof address === 'object' && address !== null && !Array.isArray(address) ? address : {};
	const fullName = text(name) === '' ? `${text(firstName)} ${text(lastName)}` : text(name);
	return postalAddress({
		name: fullName, company: '', line1: text(parts.street), line2: '', city: text(parts.city), state: text(parts.state), postalCode: text(parts.postalCode), country: text(parts.country) === '' ? text(country) : text(parts.country),
	}, (given) => countryOf({ attributes: { country: given } }));
}

function text(value: JsonValue | undefined): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
