import { sql } from 'kysely';

import { eventMatchSql, type StoredEvent } from '../events';
import { lockProfiles } from '../profiles';
import type { Tx } from '../store';
import { admit } from './admission/admit';
import { keyColumns, keyOf } from './admission/key';
import { exitOnSegments } from './exits';
import type { Listening } from './react';
import type { JourneyConfig } from './types';
import { fromJsonColumn } from './watch';

/**
 * PROTOCOL 19: entry happens in the event's transaction. Those who qualify by an event of this round, in the order in which the events came;
 * whether they get in is admission's to say.
 */
export async function enterByEvent(tx: Tx, journey: Listening, round: readonly StoredEvent[]): Promise<number> {
	const { entry } = journey.config;
	if (entry.kind !== 'event') return 0;
	const rows = await tx.all<EntryEvent>(sql<EntryEvent>`select ev.id, ev.profile, ev.occurred_at, ${entry.key === undefined ? sql`null as key_type, null as key_text` : keyColumns(tx.dialect, entry.key)} from event ev
		where ${tx.dialect.anyOf(sql`ev.id`, round.map((event) => event.id))} and ev.historical = 0 and ${eventMatchSql(tx.dialect, entry.match, 'ev')} order by ev.id`);
	return (await admit(tx, journey, rows.map((row) => ({ profile: row.profile, occurredAtMs: row.occurred_at, event: row.id, key: keyOf(row) })))).length;
}

interface EntryEvent {
	id: number;
	profile: number;
	occurred_at: number;
	key_type: string | null;
	key_text: string | null;
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
 * Lets people enter journeys that no event of theirs starts (segments, lists, scores), once a journey. `keySuffix` tells one qualification
 * from the next where people may be in a journey several times. Answers with the number of enrollments.
 */
export async function enterMembers(tx: Tx, journeys: readonly Listening[], profiles: readonly number[], keySuffix: string): Promise<number> {
	if (journeys.length === 0 || profiles.length === 0) return 0;
	await lockProfiles(tx, new Set(profiles));
	let count = 0;
	const candidates = [...new Set(profiles)].map((profile) => ({ profile, occurredAtMs: tx.nowMs, occasion: keySuffix }));
	for (const journey of journeys) count += (await admit(tx, journey, candidates)).length;
	return count;
}
