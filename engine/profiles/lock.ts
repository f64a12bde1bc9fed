import { sql } from 'kysely';

import type { Tx } from '../store';
import { mergedInto } from './alias';

/** A merge that was committed while we waited for its lock leads to another profile; how often in a row that is followed. */
const MOST_MERGES_IN_A_ROW = 10;

/**
 * Locks profiles in id order (PROTOCOL rule 3): an event and a park of the same person never miss each other, and two
 * batches never wait for each other. On SQLite the transaction itself is the lock, so nothing is asked.
 *
 * Somebody who was merged into another profile, before or while we waited, is locked there. Who keeps ids from before the lock
 * has to ask again (PostgreSQL: the answer tells the ids that were not there any more).
 */
export async function lockProfiles(tx: Tx, ids: Iterable<number>): Promise<readonly number[]> {
	if (tx.dialect.name === 'sqlite') return [];
	let list = [...new Set(ids)];
	const gone: number[] = [];
	for (let look = 1; list.length > 0 && look <= MOST_MERGES_IN_A_ROW; look += 1) {
		const rows = await tx.all(sql<{ id: number }>`select id from profile where ${tx.dialect.anyOf(sql.ref('id'), list)} order by id ${tx.dialect.forUpdate}`);
		if (rows.length === list.length) break;
		const locked = new Set(rows.map((row) => row.id));
		const missing = list.filter((id) => !locked.has(id));
		gone.push(...missing);
		list = [...new Set((await mergedInto(tx, missing)).values())];
	}
	return gone;
}
