import { sql } from 'kysely';

import type { Store } from '../store';

/**
 * How long the log of who entered and left is kept. Journeys and scores hear of a change in the transaction that makes it, so nobody
 * reads the log later but people who ask why somebody is in a segment, and the export of what is held on a person.
 */
export const CHANGES_KEPT_DAYS = 90;

const DAY_MS = 24 * 60 * 60 * 1000;
/** Rows a transaction. */
const SLICE = 2_000;
/** Transactions a call, so that it ends; the next one goes on. */
const SLICES = 20;

/**
 * Deletes what is older. Ids rise with time, so the oldest rows are found at the beginning of the primary key; the newest row of all
 * stays, because SQLite derives the next id from it.
 *
 * @returns the number of rows deleted, and whether there may be more to delete now.
 */
export async function pruneChanges(store: Store): Promise<{ deleted: number; more: boolean }> {
	let deleted = 0;
	for (let slice = 0; slice < SLICES; slice += 1) {
		// Looked up by a reader first: asking must not take the writer's turn when nothing is old enough.
		const upTo = await store.read(async (reader) => (await reader.first(sql<{ id: number | null }>`select max(oldest.id) as id
			from (select id, at from segment_change where id < (select max(id) from segment_change) order by id limit ${sql.lit(SLICE)}) as oldest
			where oldest.at < ${reader.nowMs - CHANGES_KEPT_DAYS * DAY_MS}`))?.id ?? null);
		if (upTo === null) return { deleted, more: false };
		const gone = await store.tx('segment-prune', (tx) => tx.run(sql`delete from segment_change where id <= ${upTo} and at < ${tx.nowMs - CHANGES_KEPT_DAYS * DAY_MS}`));
		deleted += gone;
		if (gone < SLICE) return { deleted, more: false };
	}
	return { deleted, more: true };
}
