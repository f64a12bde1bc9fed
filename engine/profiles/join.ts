import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { Reader, Tx } from '../store';
import { currentProfiles } from './alias';
import { letTogether } from './apart';
import { identityLimit, normaliseIdentity, type IdentityOptions } from './identity';
import { lockProfiles } from './lock';
import { mergeProfiles, type Merging } from './merge';
import { countIdentities, newPerson } from './people';
import type { Joined, ProfileReference } from './types';

/** The profile that this is, by now. null: nobody. Throws BAD_INPUT for what can be no identity. */
export async function findProfile(reader: Reader, by: ProfileReference, options: IdentityOptions): Promise<number | null> {
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

/** As findProfile, with the profile locked. Throws NOT_FOUND, with the index of who is not found. */
export async function lockedProfiles(tx: Tx, bys: readonly ProfileReference[], options: IdentityOptions): Promise<number[]> {
	for (let look = 1; look <= 10; look += 1) {
		const found: number[] = [];
		for (const [index, by] of bys.entries()) {
			const profile = await findProfile(tx, by, options);
			if (profile === null) throw new EngineError('NOT_FOUND', 'No profile has this identity or id. Look the person up first (Profile Engine: Profile: Get).', { index });
			found.push(profile);
		}
		if ((await lockProfiles(tx, found)).length > 0) continue;
		// An identity may have moved while we waited for the lock.
		const again = await Promise.all(bys.map((by) => findProfile(tx, by, options)));
		if (again.every((profile, n) => profile === found[n])) return found;
	}
	throw new EngineError('DATABASE_BUSY', 'These profiles kept being merged by other processes at once. Nothing was changed; try it again.');
}

/**
 * Makes one person of two profiles because somebody says so, also of two that were unmerged before. The one with a user id stays, else the older, unless `keep` names it.
 * Throws CONFLICT when both have a user id (two different people by definition) or a limit would be passed, NOT_FOUND, BAD_INPUT.
 */
export async function joinProfiles(
	tx: Tx, merging: Merging, { one, other, keep }: { one: ProfileReference; other: ProfileReference; keep: 'rule' | 'one' }, options: IdentityOptions, who: string,
): Promise<Joined> {
	const [a = 0, b = 0] = await lockedProfiles(tx, [one, other], options);
	if (a === b) return { profile: a, merged: null };
	const people = new Map([[a, newPerson(a)], [b, newPerson(b)]]);
	await countIdentities(tx, people);
	const userIds = [a, b].map((id) => people.get(id)?.userId);
	if (userIds[0] !== undefined && userIds[1] !== undefined) {
		throw new EngineError('CONFLICT', `Profiles ${a} and ${b} have different user ids, so they are two people and are not merged. Remove the user id that is wrong first.`, { one: a, other: b });
	}
	for (const [kind, count] of people.get(a)?.counts ?? []) {
		const sum = count + (people.get(b)?.counts.get(kind) ?? 0);
		if (sum > identityLimit(kind, options)) {
			throw new EngineError('CONFLICT', `Together profiles ${a} and ${b} would have ${sum} identities of the kind ${kind}; ${identityLimit(kind, options)} are allowed (Settings: Identity Limits). They are not merged.`, { one: a, other: b });
		}
	}
	const [older, newer] = a < b ? [a, b] : [b, a];
	const byRule = userIds[0] !== undefined ? a : userIds[1] !== undefined ? b : older;
	const into = keep === 'one' ? a : byRule;
	const from = into === a ? b : into === older ? newer : older;
	await letTogether(tx, into, from);
	const [leftOut = []] = await mergeProfiles(tx, merging, [{ into, from, reason: 'manual' }], who);
	return { profile: into, merged: from, ...(leftOut.length === 0 ? {} : { leftOut }) };
}
