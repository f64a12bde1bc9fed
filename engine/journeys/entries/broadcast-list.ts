import { sql } from 'kysely';

import { EngineError, iso } from '../../kernel';
import type { Reader, Store } from '../../store';
import { leaderBeatSql, UNSERVED_AFTER_MS } from '../serve';
import type { BroadcastView } from '../types';
import { fromJsonColumn } from '../watch';

const DEFAULT_LIMIT = 50;
const MOST_LISTED = 1000;
const NOT_PUBLISHED = 'the journey is not published now: published only after its time, it is missed';

interface RunRow {
	workflow: string;
	step: string;
	name: string;
	journey: string;
	state: 'running' | 'done' | 'missed';
	occurs_at: number;
	started_at: number;
	ended_at: number | null;
	meant: number | null;
	entered: number;
	refused: Record<string, number> | string | null;
	reason: string | null;
	free_at: number;
	to_ask: number;
	turns: number;
	next_turn: number | null;
}

interface PlanRow {
	workflow: string;
	step: string;
	name: string;
	occurs_at: number;
	next_at: number;
	unserved: number;
}

/** See JourneysApi. A constant number of statements; what is to come is counted only of runs that are under way. */
export async function broadcasts(store: Store, { workflow, before, limit = DEFAULT_LIMIT }: { workflow?: string; before?: string; limit?: number } = {}): Promise<BroadcastView[]> {
	const most = Math.max(1, Math.min(MOST_LISTED, Math.floor(limit)));
	const beforeMs = before === undefined ? null : Date.parse(before);
	if (Number.isNaN(beforeMs) || Number.isNaN(most)) throw new EngineError('BAD_INPUT', 'Broadcasts are listed before a time as ISO 8601, and so many of them. One of the two is none.');
	const mine = workflow === undefined ? sql`1 = 1` : sql`j.workflow = ${workflow}`;
	return await store.read(async (reader) => {
		const planned = beforeMs === null ? await readPlans(reader, mine) : [];
		const runs = await reader.all<RunRow>(sql<RunRow>`select j.workflow, j.step, j.name, r.journey, r.state, r.occurs_at, r.started_at, r.ended_at, r.meant, r.entered, r.refused, r.reason, r.free_at,
				case when r.state = 'running' then (select count(*) from profile p where p.id >= r.next_id and p.id <= r.last_id) else 0 end as to_ask,
				case when r.state = 'running' then (select count(*) from broadcast_person b where b.journey = r.journey and b.occurs_at = r.occurs_at) else 0 end as turns,
				case when r.state = 'running' then (select min(b.due_at) from broadcast_person b where b.journey = r.journey and b.occurs_at = r.occurs_at) end as next_turn
			from broadcast_run r join journey j on j.id = r.journey where ${mine} ${beforeMs === null ? sql`` : sql`and r.occurs_at < ${beforeMs}`}
			order by r.occurs_at desc, j.name, r.journey limit ${most}`);
		return [...planned, ...runs.map(runView)];
	});
}

async function readPlans(reader: Reader, mine: ReturnType<typeof sql>): Promise<BroadcastView[]> {
	const rows = await reader.all<PlanRow>(sql<PlanRow>`select j.workflow, j.step, j.name, b.occurs_at, b.next_at, case when ${leaderBeatSql} - j.beat_at > ${UNSERVED_AFTER_MS} then 1 else 0 end as unserved
		from broadcast b join journey j on j.id = b.journey where b.next_at is not null and ${mine} order by b.occurs_at desc, j.name, b.journey`);
	return rows.map(({ workflow, step, name, occurs_at: occurs, next_at: next, unserved }) => ({
		workflow, journeyStep: step, journey: name, state: 'planned', at: iso(occurs), startedAt: null, endedAt: null, startsAt: iso(next),
		meant: null, entered: 0, refused: {}, toAsk: 0, toCome: 0, nextAt: null, rateUntil: null, reason: Number(unserved) === 1 ? NOT_PUBLISHED : null,
	}));
}

function runView(row: RunRow): BroadcastView {
	const ran = row.state !== 'missed';
	return {
		workflow: row.workflow, journeyStep: row.step, journey: row.name, state: row.state, at: iso(row.occurs_at), startsAt: null,
		startedAt: ran ? iso(row.started_at) : null, endedAt: ran && row.ended_at !== null ? iso(row.ended_at) : null,
		meant: ran && row.meant !== null ? Number(row.meant) : null, entered: Number(row.entered), refused: row.refused === null ? {} : fromJsonColumn<Record<string, number>>(row.refused),
		toAsk: Number(row.to_ask), toCome: Number(row.turns), nextAt: iso(row.next_turn),
		// By the rate the next one could go then; without one it never moves.
		rateUntil: Number(row.entered) > 0 && Number(row.free_at) > Number(row.started_at) ? iso(row.free_at) : null,
		reason: row.reason,
	};
}
