import { sql } from 'kysely';

import { EngineError } from '../kernel';
import { currentProfiles, normaliseIdentity, type IdentityOptions, type IdentityRules } from '../profiles';
import type { Reader } from '../store';
import type { ScoredPerson } from './types';

/** The profile of each, by the identity rules of the settings: a phone number without a country is found as it was stored. */
export type FindPeople = (reader: Reader, list: readonly ScoredPerson[]) => Promise<Array<number | null>>;

export function peopleFinder(rules: IdentityRules = () => Promise.resolve({})): FindPeople {
	return async (reader, list) => findPeople(reader, list, await rules(reader));
}

/** The profile of each, also by the id of one that was merged into it; null when there is none. At most three statements. */
async function findPeople(reader: Reader, list: readonly ScoredPerson[], options: IdentityOptions): Promise<Array<number | null>> {
	const keys = list.map((whose) => {
		if ('profileId' in whose) return { id: whose.profileId, kind: '', value: '' };
		const normalised = normaliseIdentity(whose.kind, whose.value, options);
		return { id: 0, ...(normalised.ok ? { kind: normalised.identity.kind, value: normalised.identity.value } : { kind: '', value: '' }) };
	});
	const ids = keys.flatMap(({ id }) => (Number.isSafeInteger(id) && id > 0 ? [id] : []));
	const wanted = keys.filter(({ kind }) => kind !== '').map(({ kind, value }) => ({ kind, value }));
	const current = await currentProfiles(reader, ids);
	const found = wanted.length === 0 ? [] : await reader.all(
		sql<{ kind: string; value: string; profile: number }>`select i.kind, i.value, i.profile from ${reader.dialect.rows(wanted, { kind: 'text', value: 'text' }, 'r')}
			cross join identity i where i.kind = r.kind and i.value = r.value`,
	);
	const byIdentity = new Map(found.map(({ kind, value, profile }) => [`${kind}\n${value}`, profile]));
	return keys.map(({ id, kind, value }) => (kind === '' ? current.get(id) : byIdentity.get(`${kind}\n${value}`)) ?? null);
}

/** Throws NOT_FOUND. */
export async function personIn(reader: Reader, find: FindPeople, whose: ScoredPerson): Promise<number> {
	const [profile] = await find(reader, [whose]);
	if (profile === null || profile === undefined) throw new EngineError('NOT_FOUND', 'No profile has this identity. Check kind and value.');
	return profile;
}
