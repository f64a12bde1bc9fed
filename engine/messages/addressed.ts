import { sql } from 'kysely';

import { isBlocked, normaliseIdentity, type IdentityOptions } from '../profiles';
import type { JsonObject } from '../kernel';
import type { Reader } from '../store';

/** Email addresses and phone numbers of a person, the newest first. */
export interface OwnAddresses {
	email: string[];
	phone: string[];
}

/** Of each of these profiles; one statement. */
export async function ownAddresses(reader: Reader, profiles: readonly number[]): Promise<Map<number, OwnAddresses>> {
	const rows = await reader.all<{ profile: number; kind: keyof OwnAddresses; value: string }>(sql<{ profile: number; kind: keyof OwnAddresses; value: string }>`select profile, kind, value
		from identity where kind in ('email', 'phone') and ${reader.dialect.anyOf(sql`profile`, [...new Set(profiles)])} order by created_at desc, value`);
	const own = new Map<number, OwnAddresses>(profiles.map((profile) => [profile, { email: [], phone: [] }]));
	for (const { profile, kind, value } of rows) own.get(profile)?.[kind].push(value);
	return own;
}

/** A person who is to be written to, and what says where. */
export interface ToAddress {
	profile: number;
	attributes: JsonObject;
	contact: string | undefined;
	inJourney: boolean;
}

export type AddressFor = { to: string } | { refused: string };

const NO_ADDRESS = { refused: 'no email address' };
const BLOCKED = { refused: 'the email address is one that the settings block (Blocked Identities): it is nobody\'s in particular' };

/**
 * Where each mail goes: outside a journey to the address that was given; else to the attribute `email`, when it is this person's
 * own; only a person without that attribute is written to at the newest email identity. An address that somebody replaced or that
 * belongs to another profile is never used, since it may be a stranger's; nor is one that the settings block, which is nobody's.
 * One statement at most: who else has an address is asked only to say why it is not used.
 */
export async function addressesFor(reader: Reader, people: readonly ToAddress[], own: ReadonlyMap<number, OwnAddresses>, blocking: Pick<IdentityOptions, 'blocked'>): Promise<AddressFor[]> {
	const notTheirs = new Map<number, string>();
	const addresses = people.map((person, n): AddressFor => {
		const theirs = own.get(person.profile)?.email ?? [];
		const wanted = person.inJourney ? person.attributes.email : person.contact;
		if (wanted === undefined) {
			const to = theirs.find((value) => !isBlocked({ kind: 'email', value }, blocking));
			return to !== undefined ? { to } : theirs.length > 0 ? BLOCKED : NO_ADDRESS;
		}
		const found = normaliseIdentity('email', wanted);
		if (!found.ok) return NO_ADDRESS;
		if (isBlocked(found.identity, blocking)) return BLOCKED;
		if (!theirs.includes(found.identity.value)) notTheirs.set(n, found.identity.value);
		return { to: found.identity.value };
	});
	if (notTheirs.size === 0) return addresses;
	const rows = await reader.all<{ value: string }>(sql<{ value: string }>`select value from identity where kind = 'email' and ${reader.dialect.anyOf(sql`value`, [...new Set(notTheirs.values())])}`);
	const taken = new Set(rows.map(({ value }) => value));
	return addresses.map((address, n) => {
		const value = notTheirs.get(n);
		if (value === undefined) return address;
		return { refused: taken.has(value) ? 'the email address belongs to another profile' : 'the email address is not known as this person\'s' };
	});
}
