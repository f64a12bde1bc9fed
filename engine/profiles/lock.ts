import { sql } from 'kysely';

import type { Tx } from '../store';

/**
 * Locks profiles in id order (PROTOCOL rule 3): an event and a park of the same person never miss each other, and two
 * batches never wait for each other. On SQLite the transaction itself is the lock, so nothing is asked.
 */
export async function lockProfiles(tx: Tx, ids: readonly number[]): Promise<void> {
	if (ids.length === 0 || tx.dialect.name === 'sqlite') return;
	await tx.all(sql`select id from profile where ${tx.dialect.anyOf(sql.ref('id'), ids)} order by id ${tx.dialect.forUpdate}`);
}
