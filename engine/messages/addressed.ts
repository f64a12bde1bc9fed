import { sql } from 'kysely';

import { addressKindsOf, CHAT_KINDS } from '../consent';
import { isBlocked, normaliseIdentity, type IdentityOptions } from '../profiles';
import type { JsonObject } from '../kernel';
import type { Reader } from '../store';

/** The kinds of identity that are an address as they stand. */
export type AddressKind = 'email' | 'phone' | (typeof CHAT_KINDS)[number];

const KIND_OF: Readonly<Record<string, AddressKind>> = { email: 'email', sms: 'phone', whatsapp: 'phone' };
const NAMED: Readonly<Record<AddressKind, string>> = { email: 'email address', phone: 'phone number', telegram: 'Telegram chat', line: 'LINE user ID', slack: 'Slack user ID', discord: 'Discord user ID', viber: 'Viber user ID' };
const KINDS: readonly AddressKind[] = ['email', 'phone', ...CHAT_KINDS];

/** By which identities a message finds people: those of its channel, of several those that its service knows; undefined: it goes to what is no such identity (a device, a place on a page). */
export function addressKindOf({ channel, addressedBy }: { channel: string; addressedBy?: AddressKind }): AddressKind | undefined {
	return addressedBy ?? KIND_OF[channel];
}

/** Addresses of a person by kind, the newest first. */
export type OwnAddresses = Record<AddressKind, string[]>;

/** The addresses of a person that the suppression list of a channel may name, at whichever of its services; other channels write to what is no identity, such as these devices. */
export function ownOn(channel: string, own: OwnAddresses | undefined, devices?: readonly string[]): string[] {
	if (devices !== undefined) return [...devices];
	const kinds = addressKindsOf(channel);
	return KINDS.flatMap((kind) => (kinds.includes(kind) ? (own?.[kind] ?? []) : []));
}

/** Of each of these profiles; one statement. */
export async function ownAddresses(reader: Reader, profiles: readonly number[]): Promise<Map<number, OwnAddresses>> {
	const rows = await reader.all<{ profile: number; kind: AddressKind; value: string }>(sql<{ profile: number; kind: AddressKind; value: string }>`select profile, kind, value
		from identity where ${reader.dialect.anyOf(reader.dialect.unsearched(sql`kind`), KINDS)} and ${reader.dialect.anyOf(sql`profile`, [...new Set(profiles)])} order by created_at desc, value`);
	const own = new Map<number, OwnAddresses>(profiles.map((profile) => [profile, Object.fromEntries(KINDS.map((kind) => [kind, [] as string[]])) as OwnAddresses]));
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

export function noAddress(kind: AddressKind): AddressFor {
	return { refused: `no ${NAMED[kind]}` };
}

/**
 * Where each message goes: outside a journey to the address that was given; else to the attribute `email` or `phone`, where that is the kind and when it is this
 * person's own; only a person without that attribute is written to at the newest identity of that kind. An address that somebody replaced or that
 * belongs to another profile is never used, since it may be a stranger's; nor is one that the settings block, which is nobody's.
 * One statement at most: who else has an address is asked only to say why it is not used.
 */
export async function addressesFor(reader: Reader, kind: AddressKind, people: readonly ToAddress[], own: ReadonlyMap<number, OwnAddresses>, options: IdentityOptions): Promise<AddressFor[]> {
	const blocked: AddressFor = { refused: `the ${NAMED[kind]} is one that the settings block (Blocked Identities): it is nobody's in particular` };
	const notTheirs = new Map<number, string>();
	const addresses = people.map((person, n): AddressFor => {
		const theirs = own.get(person.profile)?.[kind] ?? [];
		const wanted = !person.inJourney ? person.contact : kind === 'email' || kind === 'phone' ? person.attributes[kind] : undefined;
		if (wanted === undefined) {
			const to = theirs.find((value) => !isBlocked({ kind, value }, options));
			return to !== undefined ? { to } : theirs.length > 0 ? blocked : noAddress(kind);
		}
		const found = normaliseIdentity(kind, wanted, options);
		if (!found.ok) return noAddress(kind);
		if (isBlocked(found.identity, options)) return blocked;
		if (!theirs.includes(found.identity.value)) notTheirs.set(n, found.identity.value);
		return { to: found.identity.value };
	});
	if (notTheirs.size === 0) return addresses;
	const rows = await reader.all<{ value: string }>(sql<{ value: string }>`select value from identity where kind = ${kind} and ${reader.dialect.anyOf(sql`value`, [...new Set(notTheirs.values())])}`);
	const taken = new Set(rows.map(({ value }) => value));
	return addresses.map((address, n) => {
		const value = notTheirs.get(n);
		if (value === undefined) return address;
		return { refused: taken.has(value) ? `the ${NAMED[kind]} belongs to another profile` : `the ${NAMED[kind]} is not known as this person's` };
	});
}
