import { sql } from 'kysely';

import type { PersonKeeper } from '../profiles';
import { viewOf, type AuditRow } from './audit';

/** What the log says of one person. It outlives them, without saying any more who they were. */
export const auditKeeper: PersonKeeper = {
	name: 'audit',
	tables: ['audit'],
	merge: async (tx, { into, from }) => {
		const moved = await tx.all(sql<{ id: number }>`update audit set profile = ${into} where profile = ${from} returning id`);
		return moved.map((row) => row.id);
	},
	unmerge: async (tx, { from }, undo) => {
		const ids = Array.isArray(undo) ? undo.filter((id) => typeof id === 'number') : [];
		if (ids.length > 0) await tx.run(sql`update audit set profile = ${from} where ${tx.dialect.anyOf(sql.ref('id'), ids)}`);
	},
	export: async (reader, profile) => {
		const rows = await reader.all(sql<AuditRow>`select id, at, action, actor, profile, detail from audit where profile = ${profile} order by id`);
		return rows.map(viewOf).map(({ at, action, who, detail }) => ({ at, action, who, detail }));
	},
	eraseAll: async (tx, profiles) => {
		await tx.run(sql`update audit set profile = null where ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	},
};
