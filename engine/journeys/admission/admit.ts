import { sql, type RawBuilder } from 'kysely';

import { lastEventNoSql } from '../../profiles';
import type { Tx } from '../../store';
import { openLimits } from '../limits';
import type { Listening } from '../react';
import { leaderBeatSql, UNSERVED_AFTER_MS } from '../serve';
import { tally } from '../tally';
import { placeOf } from '../place';
import { rootTokenId } from '../trail';
import type { JourneyConfig } from '../types';
import { insideAudience } from './audience';
import { lockGate, passGate } from './gate';
import { holdoutSql } from './holdout';
import { KEYED, keyedEntry } from './key';
import { refuse, type Refused } from './refuse';

/** Somebody who qualifies for a journey, by whichever kind of entry. */
export interface Candidate {
	profile: number;
	/** When what makes them qualify happened, UTC milliseconds: exits and waits ignore what was before. */
	occurredAtMs: number;
	/** Id of the event that starts the run; absent where none does. */
	event?: number;
	/** Another value is another run of the journey; null or absent: the plain run. */
	key?: string | null;
	/** Tells this qualification from the next, where people may be in the journey several times without a key. Absent: the event. */
	occasion?: string;
}

export interface Admitted {
	enrollment: number;
	profile: number;
	/** When the trigger hands them out: now, or their slot of the entry rate. */
	dueAtMs: number;
}

interface Enrolled {
	id: number;
	profile: number;
	event: number | undefined;
	/** A test person on a virtual clock. */
	virtual: boolean;
}

interface Asking extends Candidate {
	/** What is unique among a person's active runs of the journey. */
	entryKey: string;
	keyed: boolean;
}

/**
 * The one way into a journey (PROTOCOL 19), in the transaction of what made people qualify; their profiles are locked. In this order: is the
 * journey published, are they in its audience, does re-entry allow it; then everybody else enters, in the order given: drawn for the holdout,
 * parked at the trigger, due at their slot. Above the entry cap they are in as well, but the journey is paused. Whoever is not entered is
 * recorded with the reason, and added to `refused`. A constant number of statements for any number of people.
 */
export async function admit(tx: Tx, journey: Listening, candidates: readonly Candidate[], refused: Refused[] = []): Promise<Admitted[]> {
	if (candidates.length === 0) return [];
	if (await isUnserved(tx, journey)) {
		refused.push(...candidates.map(({ profile, event }) => ({ profile, event, reason: 'the journey is not published' })));
		await refuse(tx, journey, refused);
		return [];
	}
	const willing = await withGap(tx, journey, await ofAudience(tx, journey, candidates.map((candidate) => asking(journey.config, candidate)), refused), refused);
	const gate = willing.length === 0 ? null : await lockGate(tx, journey);
	const entered = await enroll(tx, journey, willing, refused);
	await refuse(tx, journey, refused);
	// Thirty days in a minute is no use to somebody who waits a day for their turn; nor are they the crowd that the cap is about.
	const slots = await passGate(tx, journey, gate, entered.filter(({ virtual }) => !virtual).length);
	const admitted = entered.map(({ id, profile, event, virtual }) => ({ enrollment: id, profile, event, dueAtMs: (virtual ? undefined : slots.shift()) ?? tx.nowMs }));
	await placeRootTokens(tx, journey, admitted);
	await tally(tx, 'entered', entered.flatMap(({ virtual }) => (virtual ? [] : [journey.id])));
	return admitted.map(({ enrollment, profile, dueAtMs }) => ({ enrollment, profile, dueAtMs }));
}

function asking({ reEntry }: JourneyConfig, candidate: Candidate): Asking {
	const { key = null, event, occasion } = candidate;
	if (key !== null) return { ...candidate, entryKey: keyedEntry(key), keyed: true };
	const several = reEntry === 'anyTime';
	return { ...candidate, entryKey: several ? (occasion ?? `event:${event ?? candidate.occurredAtMs}`) : '', keyed: false };
}

/** PROTOCOL 21: nobody beats for it though n8n is up. While n8n is down nobody beats at all, and people enter. */
async function isUnserved(tx: Tx, journey: Listening): Promise<boolean> {
	const leader = await tx.first<{ at: number }>(sql<{ at: number }>`select ${leaderBeatSql} as at`);
	return (leader?.at ?? 0) - journey.beat_at > UNSERVED_AFTER_MS;
}

async function ofAudience(tx: Tx, journey: Listening, people: readonly Asking[], refused: Refused[]): Promise<Asking[]> {
	const { audience } = journey.config;
	if (audience === undefined) return [...people];
	const inside = await insideAudience(tx, journey, audience, [...new Set(people.map(({ profile }) => profile))]);
	const reason = inside === null ? 'the audience of the journey cannot be asked' : 'is not in the audience of the journey';
	return without(people, ({ profile }) => inside?.has(profile) !== true, reason, refused);
}

/** The least time between two entries of a person, whatever their keys; within one call only their first one can be early enough. On a virtual clock the time shrinks with it. */
async function withGap(tx: Tx, journey: Listening, people: readonly Asking[], refused: Refused[]): Promise<Asking[]> {
	const { reEntry, minGapMs = 0 } = journey.config;
	if (reEntry !== 'anyTime' || minGapMs <= 0 || people.length === 0) return [...people];
	const rows = await tx.all<{ profile: number }>(sql<{ profile: number }>`select distinct e.profile from enrollment e where e.journey = ${journey.id}
		and ${tx.dialect.anyOf(sql`e.profile`, [...new Set(people.map(({ profile }) => profile))])} and e.entered_at > ${tx.nowMs} - ${minGapMs} * e.time_scale`);
	const lately = new Set(rows.map(({ profile }) => profile));
	return without(people, ({ profile }) => {
		if (lately.has(profile)) return true;
		lately.add(profile);
		return false;
	}, 'entered this journey too short a time ago', refused);
}

function without(people: readonly Asking[], leaves: (one: Asking) => boolean, reason: string, refused: Refused[]): Asking[] {
	return people.filter((one) => {
		if (!leaves(one)) return true;
		refused.push({ profile: one.profile, event: one.event, reason });
		return false;
	});
}

/**
 * Re-entry: `never` looks for any earlier enrollment, `afterLeaving` for an active one, `anyTime` gives each its own key. With a key of the
 * event's these ask about the runs of that key, and one key is never in twice at once.
 */
async function enroll(tx: Tx, journey: Listening, people: readonly Asking[], refused: Refused[]): Promise<Enrolled[]> {
	if (people.length === 0) return [];
	const { config } = journey;
	const { reEntry } = config;
	const keysCount = people.some(({ keyed }) => keyed) || (config.entry.kind === 'event' && config.entry.key !== undefined);
	const sameRun = keysCount ? sql`and case when r.keyed = 1 then old.entry_key = r.entry_key else substr(old.entry_key, 1, ${sql.lit(KEYED.length)}) <> ${KEYED} end` : sql``;
	const was = reEntry === 'anyTime' ? sql`1 = 0` : sql`exists (select 1 from enrollment old where old.journey = ${journey.id} and old.profile = p.id ${reEntry === 'afterLeaving' ? sql`and old.state = 'active'` : sql``} ${sameRun})`;
	const rows = people.map(({ profile, occurredAtMs, event, entryKey, keyed }, n) => ({ n, profile, entry_key: entryKey, keyed: keyed ? 1 : 0, started_at: occurredAtMs, event }));
	const given = tx.dialect.rows(rows, { n: 'integer', profile: 'integer', entry_key: 'text', keyed: 'integer', started_at: 'integer', event: 'integer' }, 'r');
	const inserted = await tx.all<{ id: number; profile: number; entry_key: string; time_scale: number }>(sql<{ id: number; profile: number; entry_key: string; time_scale: number }>`
		insert into enrollment (journey, workflow, profile, entry_key, state, open_tokens, entered_at, started_at, entry_event, time_scale, holdout)
		select ${journey.id}, ${journey.workflow}, p.id, r.entry_key, 'active', 1, ${tx.nowMs}, r.started_at, r.event, ${timeScaleSql(config)}, ${await holdoutSql(tx, journey)}
		from ${given} join profile p on p.id = r.profile where not ${was} order by r.n on conflict do nothing returning id, profile, entry_key, time_scale`);
	const rowOf = new Map(inserted.map((row) => [`${row.profile} ${row.entry_key}`, row]));
	const entered: Enrolled[] = [];
	for (const { profile, event, entryKey, keyed } of people) {
		const row = rowOf.get(`${profile} ${entryKey}`);
		// The first of several with the same key is the one that is in.
		rowOf.delete(`${profile} ${entryKey}`);
		if (row !== undefined) entered.push({ id: row.id, profile, event, virtual: row.time_scale !== 1 });
		else refused.push({ profile, event, reason: `${reEntry === 'never' ? 'has been in this journey before' : 'is in this journey already'}${keyed ? ' with this key' : ''}` });
	}
	return entered;
}

async function placeRootTokens(tx: Tx, journey: Listening, entered: ReadonlyArray<Admitted & { event: number | undefined }>): Promise<void> {
	if (entered.length === 0) return;
	await openLimits(tx, journey.config, entered.map(({ enrollment }) => enrollment));
	const rows = entered.map(({ enrollment, profile, event, dueAtMs }) => ({ id: rootTokenId(enrollment), enrollment, profile, from: event, due_at: dueAtMs }));
	await tx.run(sql`insert into token (id, enrollment, profile, journey, place, hop, trail, state, due_at, parked_at, watch_from)
		select r.id, r.enrollment, r.profile, ${journey.id}, ${placeOf(journey)}, 0, '', 'parked', r.due_at, ${tx.nowMs},
			coalesce((select ev.event_no from event ev where ev.id = r."from"), (select ${lastEventNoSql('p')} from profile p where p.id = r.profile))
		from ${tx.dialect.rows(rows, { id: 'text', enrollment: 'integer', profile: 'integer', from: 'integer', due_at: 'integer' }, 'r')}`);
	tx.wake(journey.workflow, journey.step);
}

/** Test people only: one journey day takes so many real seconds. */
function timeScaleSql(config: JourneyConfig): RawBuilder<number> {
	const scale = (config.virtualDaySeconds ?? 86_400) / 86_400;
	return sql<number>`case when p.is_test = 1 then cast(${scale} as double precision) else cast(1 as double precision) end`;
}
