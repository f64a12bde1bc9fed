import { sql } from 'kysely';

import { EngineError } from '../kernel';
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

/**
 * Locks whom `look` finds and answers with what it finds once all of them are locked: a merge or unmerge that was committed
 * before the lock came has moved somebody. Throws DATABASE_BUSY.
 */
export async function lockFound<Found>(tx: Tx, look: () => Promise<readonly Found[]>): Promise<ReadonlyArray<Found>> {
	let found = await look();
	if (tx.dialect.name === 'sqlite') return found;
	const locked = new Set<number>();
	for (let tries = 1; tries <= MOST_MERGES_IN_A_ROW; tries += 1) {
		const missing = profilesIn(found).filter((id) => !locked.has(id));
		if (missing.length === 0) return found;
		await lockProfiles(tx, missing);
		for (const id of missing) locked.add(id);
		found = await look();
	}
	throw new EngineError('DATABASE_BUSY', 'The same people kept being merged by other processes at once. Nothing of this call was stored; try it again.');
}

/** Profiles are numbers; whatever else is found says why there is none. */
function profilesIn(found: readonly unknown[]): number[] {
	return found.filter((one): one is number => typeof one === 'number');
}
