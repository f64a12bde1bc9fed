import { sql } from 'kysely';

import { iso } from '../kernel';
import type { PersonKeeper } from '../profiles';

/** Browsers that people subscribed in. Tokens of apps are identities, which profiles keep. */
export const devicesKeeper: PersonKeeper = {
	name: 'webPush',
	tables: ['web_push_subscription'],
	merge: async (tx, { into, from }) => {
		const moved = await tx.all(sql<{ id: string }>`update web_push_subscription set profile = ${into} where profile = ${from} returning id`);
		return moved.map(({ id }) => id);
	},
	unmerge: async (tx, { into, from }, undo) => {
		const ids = Array.isArray(undo) ? undo.filter((id) => typeof id === 'string') : [];
		if (ids.length > 0) await tx.run(sql`update web_push_subscription set profile = ${from} where ${tx.dialect.anyOf(sql.ref('id'), ids)} and profile = ${into}`);
	},
	// Without the keys: they are the browser's secret with us and describe nobody.
	export: async (reader, profile) => {
		const rows = await reader.all(sql<{ endpoint: string; created_at: number; seen_at: number }>`select endpoint, created_at, seen_at from web_push_subscription where profile = ${profile} order by created_at, id`);
		return rows.map((row) => ({ endpoint: row.endpoint, subscribedAt: iso(row.created_at), seenAt: iso(row.seen_at) }));
	},
	eraseAll: async (tx, profiles) => {
		await tx.run(sql`delete from web_push_subscription where ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	},
};
