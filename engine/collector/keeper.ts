import { sql } from 'kysely';

import type { JsonObject } from '../kernel';
import { storedObject, type PersonKeeper } from '../profiles';

/** Events that wait to come out of a trigger in another process. */
export const collectedKeeper: PersonKeeper = {
	name: 'collected',
	tables: ['collected_event'],
	merge: async (tx, { into, from }) => {
		const moved = await tx.all(sql<{ id: number }>`update collected_event set profile = ${into} where profile = ${from} returning id`);
		return moved.map(({ id }) => id);
	},
	unmerge: async (tx, { from }, undo) => {
		const ids = Array.isArray(undo) ? undo.filter((id) => typeof id === 'number') : [];
		if (ids.length > 0) await tx.run(sql`update collected_event set profile = ${from} where ${tx.dialect.anyOf(sql.ref('id'), ids)}`);
	},
	export: async (reader, profile) => {
		const rows = await reader.all(sql<{ event: string }>`select event from collected_event where profile = ${profile} order by id`);
		return rows.map(({ event }): JsonObject => storedObject(event));
	},
	eraseAll: async (tx, profiles) => {
		await tx.run(sql`delete from collected_event where ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	},
};
