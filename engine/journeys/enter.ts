import { sql } from 'kysely';

import { eventMatchSql, type StoredEvent } from '../events';
import { lastEventNoSql, lockProfiles } from '../profiles';
import type { Tx } from '../store';
import { exitOnSegments } from './exits';
import { openLimits } from './limits';
import type { Listening } from './react';
import { leaderBeatSql, UNSERVED_AFTER_MS } from './serve';
import { rootTokenId } from './trail';
import type { JourneyConfig } from './types';
import { fromJsonColumn } from './watch';

interface Entered {
	id: number;
	profile: number;
	entry_event: number | null;
}

/**
 * PROTOCOL 19: entry happens in the event's transaction. Re-entry: `never` looks for any earlier enrollment, `afterLeaving` is the unique
 * index on active ones, `anyTime` gives each its own key. Whoever qualifies and is not entered is recorded with the reason.
 */
export async function enterByEvent(tx: Tx, journey: Listening, round: readonly StoredEvent[]): Promise<number> {
	const { config } = journey;
	if (config.entry.kind !== 'event') return 0;
	const candidates = sql`from event ev join profile p on p.id = ev.profile
		where ${tx.dialect.anyOf(sql`ev.id`, round.map((event) => event.id))} and ev.historical = 0 and ${eventMatchSql(tx.dialect, config.entry.match, 'ev')}`;
	if (await isUnserved(tx, journey)) {
		await tx.run(sql`insert into refusal (journey, profile, event, reason, refused_at)
			select ${journey.id}, ev.profile, ev.id, 'the journey is not published', ${tx.nowMs} ${candidates}`);
		return 0;
	}
	const entered = await tx.all<Entered>(sql<Entered>`insert into enrollment (journey, workflow, profile, entry_key, state, open_tokens, entered_at, started_at, entry_event, time_scale)
		select ${journey.id}, ${journey.workflow}, ev.profile, ${config.reEntry === 'anyTime' ? sql`'event:' || ev.id` : sql`''`}, 'active', 1,
			${tx.nowMs}, ev.occurred_at, ev.id, ${timeScaleSql(config)} ${candidates}
		${config.reEntry === 'never' ? sql`and not exists (select 1 from enrollment old where old.journey = ${journey.id} and old.profile = ev.profile)` : sql``}
		on conflict do nothing returning id, profile, entry_event`);
	await tx.run(sql`insert into refusal (journey, profile, event, reason, refused_at)
		select ${journey.id}, ev.profile, ev.id, ${config.reEntry === 'never' ? 'has been in this journey before' : 'is in this journey already'}, ${tx.nowMs} ${candidates}
		and not exists (select 1 from enrollment mine where mine.journey = ${journey.id} and mine.profile = ev.profile and mine.entry_event = ev.id)`);
	await placeRootTokens(tx, journey, entered);
	return entered.length;
}

interface SegmentEntry {
	segment: number;
	profile: number;
	historical: boolean;
}

/** People who have just become members of a segment or list: they leave the journeys that end on it; live, they enter those that start on it. */
export async function segmentsEntered(tx: Tx, entries: readonly SegmentEntry[]): Promise<{ entered: number }> {
	return await onChange(tx, entries, 'entered');
}

/** The same for people who have just left one. */
export async function segmentsLeft(tx: Tx, entries: readonly SegmentEntry[]): Promise<{ entered: number }> {
	return await onChange(tx, entries, 'left');
}

/** Entries first: who starts a journey and at the same moment is one whom it ends must not get its mails. */
async function onChange(tx: Tx, entries: readonly SegmentEntry[], change: 'entered' | 'left'): Promise<{ entered: number }> {
	const result = await enterOnChange(tx, entries, change);
	await exitOnSegments(tx, entries, change);
	return result;
}

async function enterOnChange(tx: Tx, entries: readonly SegmentEntry[], change: 'entered' | 'left'): Promise<{ entered: number }> {
	const live = entries.filter((entry) => !entry.historical);
	if (live.length === 0) return { entered: 0 };
	const rows = await tx.all<Omit<Listening, 'config'> & { config: JourneyConfig | string; segment: number }>(
		sql<Omit<Listening, 'config'> & { config: JourneyConfig | string; segment: number }>`select j.id, j.workflow, j.step, j.entry_kind, j.entry_name, j.exit_name, j.beat_at, j.config, s.id as segment
			from journey j join segment s on s.name = j.entry_name
			where j.entry_kind = 'segment' and ${tx.dialect.anyOf(sql`s.id`, [...new Set(live.map((entry) => entry.segment))])} order by j.id`,
	);
	let entered = 0;
	for (const row of rows) {
		const journey: Listening = { ...row, config: fromJsonColumn<JourneyConfig>(row.config) };
		const { entry } = journey.config;
		if (entry.kind !== 'segment' || (entry.change ?? 'entered') !== change) continue;
		const profiles = live.filter((one) => one.segment === row.segment).map((one) => one.profile);
		entered += await enterMembers(tx, [journey], profiles, `segment:${tx.nowMs}`);
	}
	return { entered };
}

/**
 * Lets people enter journeys that no event of theirs starts (segments, lists, scores), once a journey: two statements and a
 * look at the leader each. `keySuffix` tells one qualification from the next where people may be in a journey several times.
 * Whoever qualifies and is not entered is recorded with the reason. Answers with the number of enrollments.
 */
export async function enterMembers(tx: Tx, journeys: readonly Listening[], profiles: readonly number[], keySuffix: string): Promise<number> {
	if (journeys.length === 0 || profiles.length === 0) return 0;
	await lockProfiles(tx, new Set(profiles));
	let count = 0;
	for (const journey of journeys) count += await enterOne(tx, journey, profiles, keySuffix);
	return count;
}

async function enterOne(tx: Tx, journey: Listening, profiles: readonly number[], keySuffix: string): Promise<number> {
	const { config } = journey;
	const candidates = sql`from profile p where ${tx.dialect.anyOf(sql`p.id`, profiles)}`;
	if (await isUnserved(tx, journey)) {
		await tx.run(sql`insert into refusal (journey, profile, reason, refused_at) select ${journey.id}, p.id, 'the journey is not published', ${tx.nowMs} ${candidates}`);
		return 0;
	}
	const earlier = config.reEntry === 'never' ? sql`1 = 1` : config.reEntry === 'afterLeaving' ? sql`old.state = 'active'` : sql`1 = 0`;
	const was = sql`exists (select 1 from enrollment old where old.journey = ${journey.id} and old.profile = p.id and ${earlier})`;
	await tx.run(sql`insert into refusal (journey, profile, reason, refused_at)
		select ${journey.id}, p.id, ${config.reEntry === 'never' ? 'has been in this journey before' : 'is in this journey already'}, ${tx.nowMs} ${candidates} and ${was}`);
	const entered = await tx.all<Entered>(sql<Entered>`insert into enrollment (journey, workflow, profile, entry_key, state, open_tokens, entered_at, started_at, time_scale)
		select ${journey.id}, ${journey.workflow}, p.id, ${config.reEntry === 'anyTime' ? keySuffix : ''}, 'active', 1, ${tx.nowMs}, ${tx.nowMs}, ${timeScaleSql(config)}
		${candidates} and not ${was} on conflict do nothing returning id, profile, entry_event`);
	await placeRootTokens(tx, journey, entered);
	return entered.length;
}

async function placeRootTokens(tx: Tx, journey: Listening, entered: readonly Entered[]): Promise<void> {
	if (entered.length === 0) return;
	await openLimits(tx, journey.config, entered.map(({ id }) => id));
	const rows = entered.map((row) => ({ id: rootTokenId(row.id), enrollment: row.id, profile: row.profile, from: row.entry_event }));
	await tx.run(sql`insert into token (id, enrollment, profile, journey, workflow, step, hop, trail, state, due_at, parked_at, watch_from)
		select r.id, r.enrollment, r.profile, ${journey.id}, ${journey.workflow}, ${journey.step}, 0, '', 'parked', ${tx.nowMs}, ${tx.nowMs},
			coalesce((select ev.event_no from event ev where ev.id = r."from"), (select ${lastEventNoSql('p')} from profile p where p.id = r.profile))
		from ${tx.dialect.rows(rows, { id: 'text', enrollment: 'integer', profile: 'integer', from: 'integer' }, 'r')}`);
	tx.wake(journey.workflow, journey.step);
}

/** PROTOCOL 21: nobody beats for it though n8n is up. While n8n is down nobody beats at all, and people enter. */
async function isUnserved(tx: Tx, journey: Listening): Promise<boolean> {
	const leader = await tx.first<{ at: number }>(sql<{ at: number }>`select ${leaderBeatSql} as at`);
	return (leader?.at ?? 0) - journey.beat_at > UNSERVED_AFTER_MS;
}

/** Test people only: one journey day takes so many real seconds. */
function timeScaleSql(config: JourneyConfig) {
	const scale = (config.virtualDaySeconds ?? 86_400) / 86_400;
	return sql`case when p.is_test = 1 then cast(${scale} as double precision) else cast(1 as double precision) end`;
}
