import { sql } from 'kysely';

import type { AuditWriter } from '../profiles';
import type { Store } from '../store';
import type { KnownSegments } from './known-segments';
import { readSegments } from './known-segments';
import { checkUnused } from './references';
import { idOf } from './view';

/** Rows a transaction. */
const SLICE = 5_000;
const TABLES = ['segment_member', 'segment_recheck', 'segment_change'] as const;

/** Refuses while somebody uses it; else it is gone at once for everybody, and its rows go in slices that block nobody. */
export async function removeSegment({ store, known, audit }: { store: Store; known: KnownSegments; audit: AuditWriter | undefined }, name: string, what: 'segment' | 'list', who: string): Promise<void> {
	await store.tx('segment-delete', async (tx) => {
		await known.lockForSave(tx);
		const id = await idOf(tx, name, what);
		await checkUnused(tx, { name, what }, await readSegments(tx));
		await tx.run(sql`delete from segment_build where segment = ${id}`);
		// The id stays taken until the last row is gone: SQLite would give it to the next segment, with these members.
		await tx.run(sql`update segment set kind = 'gone', name = ${`\u0001gone ${id}`} where id = ${id}`);
		await known.bumpVersion(tx);
		await audit?.(tx, [{ action: `${what}.delete`, who, detail: { [what]: name } }]);
	});
	await clearGone(store);
}

/** Removes what deleted segments have left; the engine's timer calls it too, for those whose process died. */
export async function clearGone(store: Store): Promise<void> {
	const gone = await store.read((reader) => reader.all(sql<{ id: number }>`select id from segment where kind = 'gone'`));
	for (const { id } of gone) {
		for (const table of TABLES) {
			for (;;) {
				const removed = await store.tx('segment-clear', (tx) => tx.run(
					sql`delete from ${sql.table(table)} where segment = ${id} and profile in (select c.profile from ${sql.table(table)} c where c.segment = ${id} limit ${sql.lit(SLICE)})`,
				));
				if (removed === 0) break;
			}
		}
		await store.tx('segment-clear', (tx) => tx.run(sql`delete from segment where id = ${id} and kind = 'gone'`));
	}
}
