import { sql } from 'kysely';

import type { Reader, Tx } from '../store';

/**
 * Somebody who unmerges two people says that they are two: no message, row or alias makes one of them again, until somebody merges
 * them by hand. It holds for all that either was made of, so it survives further merges on both sides: the pairs are kept under the
 * ids of then, each in both directions, and an id that has gone into another profile since leads there.
 */
export async function apartOf(reader: Reader, profiles: readonly number[]): Promise<Array<{ one: number; other: number; since: number }>> {
	if (profiles.length === 0) return [];
	const { anyOf } = reader.dialect;
	return await reader.all(
		sql<{ one: number; other: number; since: number }>`select own.profile as one, coalesce(led.profile, a.other_profile) as other, min(a.since) as since
			from (select id, id as profile from profile where ${anyOf(sql.ref('id'), profiles)} union all select id, profile from profile_alias where ${anyOf(sql.ref('profile'), profiles)}) own
			join profile_apart a on a.one_profile = own.id left join profile_alias led on led.id = a.other_profile group by 1, 2 order by 1, 2`,
	);
}

/** The ids that a profile is made of: its own and those that were merged into it. */
const ids = (profile: number) => sql`(select id from profile where id = ${profile} union all select id from profile_alias where profile = ${profile})`;

/** Both are locked. */
export async function keepApart(tx: Tx, one: number, other: number): Promise<void> {
	await tx.run(sql`insert into profile_apart (one_profile, other_profile, since)
		select pair.a, pair.b, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}) from (select a.id as a, b.id as b from ${ids(one)} a cross join ${ids(other)} b
			union all select b.id, a.id from ${ids(one)} a cross join ${ids(other)} b) pair where true on conflict do nothing`);
}

/** Somebody says that the two are one after all. */
export async function letTogether(tx: Tx, one: number, other: number): Promise<void> {
	for (const [a, b] of [[one, other], [other, one]] as const) await tx.run(sql`delete from profile_apart where one_profile in ${ids(a)} and other_profile in ${ids(b)}`);
}

/** These people are being erased, and with them what they were kept apart from: the pairs that lead to them, then their own. */
export async function forgetApart(tx: Tx, profiles: readonly number[]): Promise<void> {
	const { anyOf } = tx.dialect;
	const theirs = sql`(select id from profile where ${anyOf(sql.ref('id'), profiles)} union all select id from profile_alias where ${anyOf(sql.ref('profile'), profiles)})`;
	await tx.run(sql`delete from profile_apart where (one_profile, other_profile) in (select a.other_profile, a.one_profile from profile_apart a where a.one_profile in ${theirs})`);
	await tx.run(sql`delete from profile_apart where one_profile in ${theirs}`);
}
