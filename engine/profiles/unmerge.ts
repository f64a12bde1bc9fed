import { sql } from 'kysely';

import { EngineError, iso, type JsonObject } from '../kernel';
import type { Reader, Tx } from '../store';
import type { PersonKeeper } from './keeper';
import { keepApart } from './apart';
import { lockProfiles } from './lock';
import type { Merging } from './merge';
import { lastEventNoIn, profilesKeeper } from './own-keeper';
import { storedNames, storedObject } from './storable';

export interface MergeView {
	id: number;
	/** The profile that went. */
	from: number;
	/** The profile it went into then; that one may have been merged into another since. */
	into: number;
	/** The kind of identity that showed that they are one person, or 'manual'. */
	reason: string;
	/** Source of the batch, or who asked for it. */
	by: string;
	at: string;
	undoneAt: string | null;
	/** Names of attributes of the profile that went, for which the other one had no room; an unmerge brings them back. */
	leftOut: string[];
}

/** Merges of a person, newest first: also those of the profiles that were merged into theirs. */
export async function mergeHistory(reader: Reader, profile: number, limit = 1000): Promise<MergeView[]> {
	const rows = await reader.all(
		sql<{ id: number; into_profile: number; from_profile: number; reason: string; actor: string; merged_at: number; undone_at: number | null; left_out: unknown }>`select id, into_profile, from_profile, reason, actor, merged_at, undone_at, left_out
			from profile_merge where into_profile = ${profile} or from_profile = ${profile} or into_profile in (select id from profile_alias where profile = ${profile}) order by id desc limit ${sql.lit(limit)}`,
	);
	return rows.map((row) => ({
		id: row.id, from: row.from_profile, into: row.into_profile, reason: row.reason, by: row.actor,
		at: iso(row.merged_at), undoneAt: iso(row.undone_at), leftOut: storedNames(row.left_out),
	}));
}

/**
 * Takes back the last merge into a profile: what was moved goes back under its old id; what came since (events, attributes set
 * anew, identities, messages) stays with the survivor. An enrollment that the merge ended stays ended. Done again, it takes back
 * the merge before. From now on the two stay apart, until somebody merges them by hand. Answers with the profile that is there
 * again. Throws NOT_FOUND.
 */
export async function unmergeIn(tx: Tx, { keepers, audit }: Merging, profile: number, who: string): Promise<{ restored: number }> {
	await lockProfiles(tx, [profile]);
	const last = await tx.first(
		sql<{ id: number; from_profile: number; event_no_offset: number; undo: unknown }>`select id, from_profile, event_no_offset, undo from profile_merge
			where into_profile = ${profile} and undone_at is null and undo is not null order by id desc limit 1`,
	);
	if (last === undefined) throw new EngineError('NOT_FOUND', `Nothing was merged into profile ${profile} that could be taken back.`, { profile });
	const undo: JsonObject = storedObject(last.undo);
	const merge = { into: profile, from: last.from_profile, eventNoOffset: last.event_no_offset, lastEventNo: lastEventNoIn(undo[profilesKeeper.name]) };
	const inOrder: PersonKeeper[] = [profilesKeeper, ...keepers.filter((one) => one !== profilesKeeper)];
	for (const keeper of inOrder) if (Object.hasOwn(undo, keeper.name)) await keeper.unmerge(tx, merge, undo[keeper.name] ?? null);
	await keepApart(tx, profile, merge.from);
	await tx.run(sql`update profile_merge set undone_at = ${tx.nowMs}, undo = null where id = ${last.id}`);
	await audit?.(tx, [{ action: 'profiles.unmerge', who, profile, detail: { restored: merge.from } }]);
	return { restored: merge.from };
}
