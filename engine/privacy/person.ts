import { sql } from 'kysely';

import { EngineError } from '../kernel';
import { currentProfiles, normaliseIdentity, type IdentityOptions } from '../profiles';
import type { Reader } from '../store';
import type { PersonReference } from './types';

/** Whose a reference is now, merged ids included; null: nobody's. Throws BAD_INPUT for an identity that cannot be one. */
export async function personOf(reader: Reader, by: PersonReference, options: IdentityOptions): Promise<number | null> {
	if ('profileId' in by) {
		if (!Number.isSafeInteger(by.profileId)) throw new EngineError('BAD_INPUT', 'The profile id is not a whole number.');
		return (await currentProfiles(reader, [by.profileId])).get(by.profileId) ?? null;
	}
	const normalised = normaliseIdentity(by.kind, by.value, options);
	if (!normalised.ok) throw new EngineError('BAD_INPUT', `This identity finds nobody: ${normalised.reason}`);
	const { kind, value } = normalised.identity;
	const row = await reader.first(sql<{ profile: number }>`select profile from identity where kind = ${kind} and value = ${value}`);
	return row?.profile ?? null;
}
