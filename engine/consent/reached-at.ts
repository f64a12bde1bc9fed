import { sql } from 'kysely';

import { isBlocked, normaliseIdentity, storedObject, type IdentityOptions } from '../profiles';
import type { Reader } from '../store';

const KIND_OF: Readonly<Record<string, 'email' | 'phone'>> = { email: 'email', sms: 'phone', whatsapp: 'phone' };

/**
 * Where a channel writes to these people now: the attribute (email, phone) when it is their own, only without one their newest
 * identity of that kind, and never at one that the settings block; null: nowhere. Channels without such an address give an empty map. Two statements.
 */
export async function reachedAt(reader: Reader, profiles: readonly number[], channel: string, options: IdentityOptions): Promise<Map<number, string | null>> {
	const kind = KIND_OF[channel];
	const ids = [...new Set(profiles)];
	if (kind === undefined || ids.length === 0) return new Map();
	const people = await reader.all(sql<{ id: number; attributes: unknown }>`select id, attributes from profile where ${reader.dialect.anyOf(sql`id`, ids)}`);
	const identities = await reader.all(sql<{ profile: number; value: string }>`select profile, value from identity
		where ${reader.dialect.unsearched(sql`kind`)} = ${kind} and ${reader.dialect.anyOf(sql`profile`, ids)} order by created_at desc, value`);
	const own = new Map<number, string[]>();
	for (const { profile, value } of identities) if (!isBlocked({ kind, value }, options)) own.set(profile, [...(own.get(profile) ?? []), value]);
	return new Map(people.map(({ id, attributes }) => [id, addressAmong(own.get(id) ?? [], kind, storedObject(attributes)[kind], options)]));
}

function addressAmong(own: readonly string[], kind: 'email' | 'phone', attribute: unknown, options: IdentityOptions): string | null {
	if (attribute === undefined) return own[0] ?? null;
	const found = normaliseIdentity(kind, attribute, options);
	return found.ok && own.includes(found.identity.value) ? found.identity.value : null;
}
