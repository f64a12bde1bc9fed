import { sql } from 'kysely';

import { iso, isJsonObject, type JsonValue } from '../kernel';
import type { PersonKeeper } from '../profiles';
import type { Tx } from '../store';
import { keepMarks, takeMarksBack } from './keep-marks';
import { NOT_PROVEN } from './proof';

/** Browsers that people subscribed in. Tokens of apps are identities, which profiles keep; by what either is known is kept here. */
export const devicesKeeper: PersonKeeper = {
	name: 'webPush',
	tables: ['web_push_subscription'],
	merge: async (tx, { into, from }) => {
		const marks = await keepMarks(tx, { into, from });
		const moved = await tx.all(sql<{ id: string }>`update web_push_subscription set profile = ${into} where profile = ${from} returning id`);
		return { browsers: moved.map(({ id }) => id), marks: marks as unknown as JsonValue };
	},
	unmerge: async (tx, { into, from }, undo) => {
		// A list alone: of a version that kept no marks.
		const browsers = isJsonObject(undo) ? undo.browsers : undo;
		await moveBack(tx, { into, from }, Array.isArray(browsers) ? browsers.filter((id) => typeof id === 'string') : []);
		if (isJsonObject(undo)) await takeMarksBack(tx, { into, from }, undo.marks ?? null);
	},
	// Without the keys: they are the browser's secret with us and describe nobody.
	export: async (reader, profile) => {
		const rows = await reader.all(sql<{ endpoint: string; created_at: number; seen_at: number; proven: string | null }>`select endpoint, created_at, seen_at, proven from web_push_subscription where profile = ${profile} order by created_at, id`);
		return rows.map((row) => ({ endpoint: row.endpoint, subscribedAt: iso(row.created_at), seenAt: iso(row.seen_at), proven: row.proven !== NOT_PROVEN }));
	},
	eraseAll: async (tx, profiles) => {
		await tx.run(sql`delete from web_push_subscription where ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	},
};

async function moveBack(tx: Tx, { into, from }: { into: number; from: number }, ids: readonly string[]): Promise<void> {
	if (ids.length > 0) await tx.run(sql`update web_push_subscription set profile = ${from} where ${tx.dialect.anyOf(sql.ref('id'), ids)} and profile = ${into}`);
}
