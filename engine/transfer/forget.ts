import { sql } from 'kysely';

import type { Store } from '../store';
import { failLost, KEPT_MS, LOST_AFTER_MS } from './import-log';

/** Rows a call, so that nobody waits for it. */
const ROWS = 2000;
/** Events with their people: by the event alone, each call would go through all that the import noted. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
	import_person: ['profile'], import_event: ['profile', 'event'], import_consent: ['profile'], import_suppression: ['profile'], import_preference: ['profile'], import_do_not_sell: ['profile'], import_reject: ['line'], import_seen: ['hash'],
};

/** Ends imports whose process is gone, so that they can be undone. */
export async function endLost(store: Store): Promise<void> {
	const lost = await store.read((reader) => reader.first(sql<{ id: string }>`select id from import where state = 'running' and touched_at < ${reader.nowMs - LOST_AFTER_MS} limit 1`));
	if (lost !== undefined) await store.tx('end-lost-imports', failLost);
}

/** Drops what imports of long ago noted, a little at a time, and then the imports themselves: old values of attributes must not be kept for ever. */
export async function forgetOld(store: Store): Promise<void> {
	const old = await store.read((reader) => reader.first(sql<{ id: string }>`select id from import where started_at < ${reader.nowMs - KEPT_MS} and touched_at < ${reader.nowMs - KEPT_MS} order by started_at limit 1`));
	if (old === undefined) return;
	await store.tx('forget-import', async (tx) => {
		let removed = 0;
		for (const [table, columns] of Object.entries(TABLES)) {
			const keys = sql.join(columns.map((column) => sql.ref(column)));
			removed += await tx.run(sql`delete from ${sql.table(table)} where import = ${old.id} and (${keys}) in (select ${keys} from ${sql.table(table)} where import = ${old.id} limit ${sql.lit(ROWS)})`);
		}
		if (removed === 0) await tx.run(sql`delete from import where id = ${old.id}`);
	});
}
