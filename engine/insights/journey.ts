import { sql } from 'kysely';

import { fromJsonColumn, leaderBeatSql, UNSERVED_AFTER_MS } from '../journeys';
import type { JourneyConfig } from '../journeys/types';
import { EngineError } from '../kernel';
import type { Reader } from '../store';

export interface KnownJourney {
	workflow: string;
	/** Of its trigger. */
	step: string;
	name: string;
	config: JourneyConfig;
	/** When it was first published; UTC milliseconds. */
	created_at: number;
	published: boolean;
	paused: { since: string; reason: string } | null;
}

type Row = Omit<KnownJourney, 'published' | 'config' | 'paused'> & { paused_at: number | null; paused_reason: string | null; config: JourneyConfig | string; unserved: number; touched: number | null };

/** Of several journeys in a workflow: the one named, else the one the person was in last, else the first. Throws NOT_FOUND. */
export async function journeyOf(reader: Reader, { workflow, journey }: { workflow: string; journey?: string }, profile: number | null): Promise<KnownJourney> {
	const rows = await reader.all<Row>(sql<Row>`select j.workflow, j.step, j.name, j.config, j.created_at, j.paused_at, j.paused_reason,
			case when ${leaderBeatSql} - j.beat_at > ${UNSERVED_AFTER_MS} then 1 else 0 end as unserved,
			(select max(e.entered_at) from enrollment e where e.journey = j.id and e.profile = ${profile ?? -1}) as touched
		from journey j where j.workflow = ${workflow} ${journey === undefined ? sql`` : sql`and (j.step = ${journey} or j.step in (select s.step from step s where s.workflow = ${workflow} and s.name = ${journey}))`} order by j.created_at, j.id`);
	const found = [...rows].sort((a, b) => Number(b.touched ?? 0) - Number(a.touched ?? 0))[0];
	if (found === undefined) throw new EngineError('NOT_FOUND', 'The engine knows no such journey. Publish its workflow once, or check the workflow id.');
	const { workflow: id, step, name, created_at, paused_at: pausedAt, paused_reason: reason } = found;
	return { workflow: id, step, name, created_at, config: fromJsonColumn<JourneyConfig>(found.config), published: Number(found.unserved) === 0, paused: pausedAt === null ? null : { since: new Date(pausedAt).toISOString(), reason: reason ?? '' } };
}
