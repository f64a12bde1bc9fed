import { sql } from 'kysely';

import { provesUsers } from '../settings';
import type { Reader } from '../store';

/*
 * Whose a device or browser is, where a site can prove it. A write key is public: with it anybody can say that their phone is somebody else's, or take an anonymous browser
 * into somebody's profile by an identify call. So each device remembers what it is known by (the column `proven`):
 *
 *   null        believed: it came by a node or an import, or was there before this was kept
 *   NOT_PROVEN  a call with a write key alone said so
 *   a user id   the site proved this user id when the device was told of (onsite/proof.ts)
 *
 * Asked when it is sent: somebody known by nothing but anonymous ids and devices has all of theirs. Where a User Token Secret is set, others have those that are believed, and those
 * proven for a user id that is theirs: two user ids never merge, so no merge brings a device along. What was believed of one half of a merge is remembered for
 * that half's user id, or is not proven from then on (keeper.ts).
 */
export const NOT_PROVEN = '-';

/** Whether anybody sends by a site that can prove its users. */
export { provesUsers as needsProof };

const USER = 'u:';

/** provenFor undefined: believed. */
export function markOf(provenFor: string | null | undefined): string | null {
	return provenFor === undefined ? null : provenFor === null ? NOT_PROVEN : USER + provenFor;
}

/** Of those among these profiles who are known by more than anonymous ids and devices: their user ids. One statement. */
export async function knownAmong(reader: Reader, profiles: readonly number[]): Promise<Map<number, string[]>> {
	const known = new Map<number, string[]>();
	if (profiles.length === 0) return known;
	const rows = await reader.all(sql<{ profile: number; kind: string; value: string }>`select profile, kind, value from identity
		where ${reader.dialect.anyOf(sql.ref('profile'), [...new Set(profiles)])} and kind not in ('anonymous_id', 'device')`);
	for (const { profile, kind, value } of rows) known.set(profile, [...(known.get(profile) ?? []), ...(kind === 'user_id' ? [value] : [])]);
	return known;
}

/** userIds undefined: the person is known by nothing. */
export function serves(proven: string | null, userIds: readonly string[] | undefined): boolean {
	return userIds === undefined || proven === null || userIds.some((id) => proven === USER + id);
}
