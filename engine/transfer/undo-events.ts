import { sql } from 'kysely';

import { deleteEvents } from '../events';
import { forgetGoalsOf } from '../journeys';
import type { Tx } from '../store';

/**
 * Deletes the events that the import brought, and the goals they were counted for. Those that another import brought too, or that somebody has sent again since, stay: the
 * former go with the last of their imports. Answers also with whose, by event name.
 */
export async function revertEvents(tx: Tx, importId: string, ids: readonly number[]): Promise<{ count: number; kept: number; byName: Map<string, Set<number>> }> {
	const mine = sql`n.import = ${importId} and ${tx.dialect.anyOf(sql.ref('n.profile'), ids)}`;
	const wanted = sql`(n.said = 1 or exists (select 1 from import_event o where o.profile = n.profile and o.event = n.event and o.import <> n.import))`;
	const row = await tx.first(sql<{ n: number }>`select count(*) as n from import_event n join event e on e.id = n.event where ${mine} and ${wanted}`);
	await forgetGoalsOf(tx, sql`select n.event, n.profile from import_event n where ${mine} and not ${wanted}`);
	const { count, byName } = await deleteEvents(tx, sql`id in (select n.event from import_event n where ${mine} and not ${wanted})`);
	return { count, kept: row?.n ?? 0, byName };
}
