import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { Reader } from '../store';
import type { ChangeCause, HistoryPage, LevelChange, LevelKind, ScoresApi } from './types';
import { findPeople } from './whose';

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

/** Levels that changed, newest first. Throws BAD_INPUT, and NOT_FOUND for a person who does not exist. */
export async function history(reader: Reader, filter: Parameters<ScoresApi['history']>[0]): Promise<HistoryPage> {
	const conditions = [sql`true`];
	if (filter.whose !== undefined) {
		const [profile] = await findPeople(reader, [filter.whose]);
		if (profile === null || profile === undefined) throw new EngineError('NOT_FOUND', 'No profile has this identity. Check kind and value.');
		conditions.push(sql`profile = ${profile}`);
	}
	if (filter.whose === undefined && filter.model === undefined && filter.kind !== 'stage') throw new EngineError('BAD_INPUT', 'Say whose history, or that of which score model, or of stages.');
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
