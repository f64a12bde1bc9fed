import { sql } from 'kysely';

import { normaliseIdentity } from '../profiles';
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

/**
 * Where a mail goes: outside a journey to the address that was given; else to the attribute `email`, when it is this person's
 * own; only a person without that attribute is written to at the newest email identity. An address that somebody replaced
 * or that belongs to another profile is never used: it may be a stranger's.
 */
export function addressFor(given: { attributes: JsonObject; contact: string | undefined; inJourney: boolean }, own: readonly string[]): { to: string } | { refused: string } {
	const wanted = given.inJourney ? given.attributes.email : given.contact;
	if (wanted === undefined) return own[0] === undefined ? { refused: 'no email address' } : { to: own[0] };
	const found = normaliseIdentity('email', wanted);
	if (!found.ok) return { refused: 'no email address' };
	return own.includes(found.identity.value) ? { to: found.identity.value } : { refused: 'the email address belongs to another profile' };
}
