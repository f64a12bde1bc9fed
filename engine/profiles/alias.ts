import { sql } from 'kysely';

import type { Reader } from '../store';

/**
 * Whose data is found under these profile ids now: the profile itself, or the one it was merged into. Ids that were never
 * given or whose person was erased are missing from the answer. One statement, two when an id is not a profile any more.
 */
export async function currentProfiles(reader: Reader, ids: Iterable<number>): Promise<Map<number, number>> {
	const asked = [...new Set(ids)];
	if (asked.length === 0) return new Map();
	const rows = await reader.all(sql<{ id: number }>`select id from profile where ${reader.dialect.anyOf(sql.ref('id'), asked)}`);
	const current = new Map(rows.map(({ id }) => [id, id]));
	if (current.size === asked.length) return current;
	for (const [id, profile] of await mergedInto(reader, asked.filter((id) => !current.has(id)))) current.set(id, profile);
	return current;
}

/** Of ids that are no profiles (any more): the profile each was merged into. */
export async function mergedInto(reader: Reader, ids: readonly number[]): Promise<Map<number, number>> {
	if (ids.length === 0) return new Map();
	const rows = await reader.all(sql<{ id: number; profile: number }>`select id, profile from profile_alias where ${reader.dialect.anyOf(sql.ref('id'), ids)} and profile is not null`);
	return new Map(rows.map(({ id, profile }) => [id, profile]));
}
