import { sql } from 'kysely';

import type { Tx } from '../store';

/**
 * Locks profiles in id order (PROTOCOL rule 3): an event and a park of the same person never miss each other, and two
 * batches never wait for each other. On SQLite the transaction itself is the lock, so nothing is asked.
 */
export async function lockProfiles(tx: Tx, ids: Iterable<number>): Promise<void> {
	if (tx.dialect.name === 'sqlite') return;
	const list = [...ids];
	if (list.length === 0) return;
	await tx.all(sql`select id from profile where ${tx.dialect.anyOf(sql.ref('id'), list)} order by id ${tx.dialect.forUpdate}`);
}
