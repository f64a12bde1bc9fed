import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { Reader, Store } from '../store';
import type { ChangeCause, HistoryPage, LevelChange, LevelKind, ScoresApi } from './types';

const MOST_ROWS = 1000;
const ROWS = 100;

interface ChangeRow {
	id: number;
	profile: number;
	model: string;
	kind: LevelKind;
	from_level: string | null;
	to_level: string;
	at: number;
	cause: ChangeCause;
	why: string;
}

/** Levels that changed, newest first. Throws BAD_INPUT. */
export async function history(reader: Reader, filter: Omit<Parameters<ScoresApi['history']>[0], 'whose'>, profile: number | null): Promise<HistoryPage> {
	const conditions = [sql`true`];
	if (profile !== null) conditions.push(sql`profile = ${profile}`);
	else if (filter.model === undefined && filter.kind !== 'stage') throw new EngineError('BAD_INPUT', 'Say whose history, or that of which score model, or of stages.');
	if (filter.model !== undefined) conditions.push(sql`model = ${filter.model}`);
	else if (filter.kind === 'stage') conditions.push(sql`model = ''`);
	if (filter.kind !== undefined) conditions.push(sql`kind = ${filter.kind}`);
	if (filter.before !== undefined) conditions.push(sql`id < ${filter.before}`);
	const limit = Math.max(1, Math.min(MOST_ROWS, Math.floor(filter.limit ?? ROWS)));
	const rows = await reader.all(
		sql<ChangeRow>`select id, profile, model, kind, from_level, to_level, at, cause, why from score_change where ${sql.join(conditions, sql` and `)} order by id desc limit ${sql.lit(limit + 1)}`,
	);
	const shown = rows.slice(0, limit);
	return { changes: shown.map(viewChange), next: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
}

export function viewChange(row: ChangeRow): LevelChange {
	return {
		id: row.id, profile: row.profile, model: row.model, kind: row.kind, from: row.from_level, to: row.to_level, at: new Date(row.at).toISOString(), cause: row.cause,
		why: JSON.parse(row.why) as LevelChange['why'],
	};
}

const KEPT_MS = 730 * 24 * 60 * 60 * 1000;
/** Rows a transaction looks at, and transactions a call makes; the next call goes on. */
const SLICE = 2_000;
const SLICES = 20;

/**
 * Deletes what is older than two years. Ids rise with time, so the oldest are looked at without an index on time, and as soon as one of
 * them is young the rest is. Answers with how many were deleted.
 */
export async function forgetHistory(store: Store): Promise<number> {
	let deleted = 0;
	for (let slice = 0; slice < SLICES; slice += 1) {
		const count = await store.tx('score-history', (tx) => tx.run(
			sql`delete from score_change where id in (select id from (select id, at from score_change order by id limit ${sql.lit(SLICE)}) as oldest where at < ${tx.nowMs - KEPT_MS})`,
		));
		deleted += count;
		if (count < SLICE) break;
	}
	return deleted;
}
