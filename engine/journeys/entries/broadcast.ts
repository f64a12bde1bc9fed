import { sql } from 'kysely';

import { canonicalJson } from '../../kernel';
import type { Store, Tx } from '../../store';
import { leaderBeatSql, UNSERVED_AFTER_MS } from '../serve';
import { noteProblem } from '../step';
import { journeysWhere, startsBy } from './listening';
import { nextPlanned, plannedSince, type Planned, type ScheduleEntry } from './schedule-times';
import { TOO_LATE_MS } from './too-late';

/**
 * A broadcast: journey with a schedule -> occurrence (broadcast.next_at) -> run: running -> done, or missed. A run goes once through the people
 * there were when it began (broadcast-slice.ts); whose own hour is later waits in broadcast_person (broadcast-turns.ts).
 *
 * Who the last of them is is asked by a transaction of its own (boundRun), once everybody sees the run. Asked in the one that makes it, somebody whom the run is for could, before that
 * commits, become one with a person who is newer than the answer: the merge sees no run yet, and the run would never come to them.
 */
export interface Run {
	journey: string;
	occurs_at: number;
	next_id: number;
	/** UNBOUNDED: not asked for yet. */
	last_id: number;
	entered: number;
	free_at: number;
	started_at: number;
	/** null: of a run of before this was counted. */
	meant: number | null;
	/** People by reason. */
	refused: Record<string, number> | string | null;
}

const PUBLISHED_LATE_MS = 10 * 60_000;
export const UNBOUNDED = -1;

/** Of a published schedule: when it is next. Published again without a change, it goes on as it was. */
export async function planBroadcast(tx: Tx, step: Place, journey: string, entry: ScheduleEntry, settingsZone: string): Promise<void> {
	const { when, localTime } = entry;
	const zone = entry.zone ?? settingsZone;
	const plan = canonicalJson({ when, localTime, zone });
	const known = await tx.first(sql<{ plan: string }>`select plan from broadcast where journey = ${journey}`);
	if (known?.plan === plan) return;
	const next = nextPlanned(entry, zone, tx.nowMs);
	// A single time that was over long before it was published is a slip, not a wish to write to everybody now.
	const open = next !== null && tx.nowMs - next.occursAtMs < PUBLISHED_LATE_MS ? next : null;
	if (next !== null && open === null) await tellMissed(tx, step, journey, next, 'it was over when the journey was published');
	await tx.run(sql`insert into broadcast (journey, plan, next_at, occurs_at) values (${journey}, ${plan}, ${open?.startsAtMs ?? null}, ${open?.occursAtMs ?? null})
		on conflict (journey) do update set plan = excluded.plan, next_at = excluded.next_at, occurs_at = excluded.occurs_at`);
}

/** No schedule any more: what has begun ends where it is. */
export async function cancelBroadcast(tx: Tx, journey: string): Promise<void> {
	await tx.run(sql`delete from broadcast where journey = ${journey}`);
	await tx.run(sql`update broadcast_run set state = 'done', ended_at = ${tx.nowMs}, reason = 'the journey was published with another start' where journey = ${journey} and state = 'running'`);
}

/** Begins the run of a broadcast whose time has come; answers whether there was one. */
export async function startBroadcast(store: Store, settingsZone: (tx: Tx) => Promise<string>): Promise<boolean> {
	return await store.tx('broadcast-start', async (tx) => {
		const due = await tx.first(sql<{ journey: string; next_at: number; occurs_at: number }>`select journey, next_at, occurs_at from broadcast where next_at <= ${tx.nowMs}
			order by next_at, journey limit 1 ${tx.dialect.skipLocked}`);
		if (due === undefined) return false;
		const [journey] = await journeysWhere(tx, sql`j.id = ${due.journey}`);
		if (journey === undefined || !startsBy(journey, 'schedule')) {
			await tx.run(sql`delete from broadcast where journey = ${due.journey}`);
			return true;
		}
		const { entry } = journey.config;
		const zone = entry.zone ?? (await settingsZone(tx));
		const first: Planned = { occursAtMs: due.occurs_at, startsAtMs: due.next_at };
		const times = plannedSince(entry, zone, first, tx.nowMs - TOO_LATE_MS, tx.nowMs);
		const newest = times.at(-1) ?? first;
		const leader = (await tx.first(sql<{ at: number }>`select ${leaderBeatSql} as at`))?.at ?? 0;
		const why = leader - journey.beat_at > UNSERVED_AFTER_MS ? 'the journey is not published' : tx.nowMs - newest.startsAtMs >= TOO_LATE_MS ? 'n8n was down for a day and longer' : null;
		await missed(tx, due.journey, times.filter((time) => time !== newest), 'n8n was down; only the newest that was missed is made up for');
		if (why !== null) await tellMissed(tx, journey, due.journey, newest, why);
		else {
			await tx.run(sql`insert into broadcast_run (journey, occurs_at, state, next_id, last_id, entered, free_at, started_at, meant)
				values (${due.journey}, ${newest.occursAtMs}, 'running', 1, ${UNBOUNDED}, 0, ${tx.nowMs}, ${tx.nowMs}, 0) on conflict (journey, occurs_at) do nothing`);
		}
		const next = 'at' in entry.when ? null : nextPlanned(entry, zone, tx.nowMs);
		await tx.run(sql`update broadcast set next_at = ${next?.startsAtMs ?? null}, occurs_at = ${next?.occursAtMs ?? null} where journey = ${due.journey}`);
		return true;
	});
}

/** Of a run that everybody sees: up to whom it goes. */
export async function boundRun(store: Store, { journey, occurs_at }: Pick<Run, 'journey' | 'occurs_at'>): Promise<void> {
	await store.tx('broadcast-bound', (tx) => tx.run(sql`update broadcast_run set last_id = (select coalesce(max(p.id), 0) from profile p)
		where journey = ${journey} and occurs_at = ${occurs_at} and last_id = ${sql.lit(UNBOUNDED)}`));
}

interface Place {
	workflow: string;
	step: string;
}

/** The trigger shows it until the next run. */
async function tellMissed(tx: Tx, step: Place, journey: string, time: Planned, why: string): Promise<void> {
	await missed(tx, journey, [time], why);
	await noteProblem(tx, step, `The broadcast of ${new Date(time.occursAtMs).toISOString()} did not go out: ${why}.`);
}

async function missed(tx: Tx, journey: string, times: readonly Planned[], reason: string): Promise<void> {
	if (times.length === 0) return;
	const int = sql.raw(tx.dialect.types.int);
	await tx.run(sql`insert into broadcast_run (journey, occurs_at, state, next_id, last_id, entered, free_at, started_at, ended_at, reason)
		select ${journey}, r.at, 'missed', 0, 0, 0, cast(${tx.nowMs} as ${int}), cast(${tx.nowMs} as ${int}), cast(${tx.nowMs} as ${int}), ${reason}
		from ${tx.dialect.rows(times.map(({ occursAtMs }) => ({ at: occursAtMs })), { at: 'integer' }, 'r')} where true on conflict (journey, occurs_at) do nothing`);
}
