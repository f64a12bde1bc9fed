import { sql } from 'kysely';

import type { Reader } from '../store';
import { leaderBeatSql, UNSERVED_AFTER_MS } from './serve';

/** Whether a published journey takes people in by an event of this name, as far as heartbeats tell (PROTOCOL 21). */
export async function startsBy(reader: Reader, event: string): Promise<boolean> {
	const row = await reader.first(sql<{ beat: number | null; leader: number }>`select max(beat_at) as beat, ${leaderBeatSql} as leader
		from journey where entry_kind = 'event' and entry_name = ${event}`);
	return row !== undefined && row.beat !== null && Number(row.leader) - Number(row.beat) <= UNSERVED_AFTER_MS;
}
