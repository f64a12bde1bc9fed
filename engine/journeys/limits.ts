import { sql, type RawBuilder } from 'kysely';

import { lockProfiles } from '../profiles';
import type { Dialect, Store, Tx } from '../store';
import { exitEnrollments, lockEnrollments } from './end';
import type { JourneyConfig } from './types';
import { fromJsonColumn } from './watch';

/*
 * Two instants of an enrollment, both counted from its entry in the person's own time (a virtual clock's days are short): when the time
 * limit ends it, and until when its trigger's goals count. They stand in its row, fixed at entry, so that an index says who is due;
 * when the trigger is published with other limits, those who are inside follow in slices.
 */

/** End reason of an enrollment whose time was up. */
const TIME_LIMIT_REASON = 'time limit';

/** Enrollments a transaction: some hundredths of a second. */
const SLICE = 500;
/** By id, so also over those of other journeys, which only cost the look. */
const FOLLOW_SLICE = 5_000;

interface Limits {
	/** Milliseconds from the entry on; null: none. */
	endMs: number | null;
	goalsMs: number | null;
}

function limitsOf({ exits, goals = [] }: Pick<JourneyConfig, 'exits' | 'goals'>): Limits {
	return { endMs: exits?.afterMs ?? null, goalsMs: goals.length === 0 ? null : Math.max(...goals.map(({ withinMs }) => withinMs)) };
}

function instantSql(dialect: Dialect, ms: number | null): RawBuilder<number | null> {
	const int = sql.raw(dialect.types.int);
	return ms === null ? sql<null>`cast(null as ${int})` : sql<number>`cast(entered_at + cast(${ms} as ${sql.raw(dialect.types.real)}) * time_scale as ${int})`;
}

/** Of enrollments made just now, in the transaction that makes them. One statement, none where the trigger sets no limit. */
export async function openLimits(tx: Tx, config: JourneyConfig, enrollments: readonly number[]): Promise<void> {
	const { endMs, goalsMs } = limitsOf(config);
	if (enrollments.length === 0 || (endMs === null && goalsMs === null)) return;
	await tx.run(sql`update enrollment set expires_at = ${instantSql(tx.dialect, endMs)}, goals_until = ${instantSql(tx.dialect, goalsMs)} where ${tx.dialect.anyOf(sql`id`, enrollments)}`);
}

/** The trigger is published with other limits than before: whoever is in the journey follows (followLimits). */
export async function noteLimits(tx: Tx, journey: string, before: JourneyConfig | null, after: JourneyConfig): Promise<void> {
	if (before === null) return;
	const [old, now] = [limitsOf(before), limitsOf(after)];
	if (old.endMs === now.endMs && old.goalsMs === now.goalsMs) return;
	await tx.run(sql`insert into limit_change (journey, next_id, last_id) select ${journey}, 1, coalesce(max(id), 0) from enrollment where true
		on conflict (journey) do update set next_id = 1, last_id = excluded.last_id`);
}

/**
 * Gives enrollments the limits that their trigger has now, at most so many slices of 5,000 ids; whoever enters meanwhile has them already.
 * Answers with how many slices there were.
 */
export async function followLimits(store: Store, slices: number): Promise<number> {
	for (let slice = 0; slice < slices; slice += 1) {
		const open = await store.read((reader) => reader.first(sql<{ journey: string }>`select journey from limit_change order by journey limit 1`));
		if (open === undefined) return slice;
		await store.tx('follow-limits', (tx) => followSlice(tx, open.journey));
	}
	return slices;
}

async function followSlice(tx: Tx, journey: string): Promise<void> {
	const mark = await tx.first(sql<{ next_id: number; last_id: number }>`select next_id, last_id from limit_change where journey = ${journey} ${tx.dialect.forUpdate}`);
	if (mark === undefined) return;
	const upTo = Math.min(mark.last_id, mark.next_id + FOLLOW_SLICE - 1);
	const row = await tx.first(sql<{ config: JourneyConfig | string }>`select config from journey where id = ${journey}`);
	// Who has been merged away or erased counts for nothing any more.
	const inside = await tx.all(sql<{ id: number }>`select id from enrollment where id between ${mark.next_id} and ${upTo} and journey = ${journey} and profile <> 0 and coalesce(end_reason, '') <> 'merged' order by id`);
	if (row !== undefined && inside.length > 0) {
		const { endMs, goalsMs } = limitsOf(fromJsonColumn<JourneyConfig>(row.config));
		const ids = inside.map(({ id }) => id);
		await lockEnrollments(tx, ids);
		await tx.run(sql`update enrollment set expires_at = ${instantSql(tx.dialect, endMs)}, goals_until = ${instantSql(tx.dialect, goalsMs)}
			where ${tx.dialect.anyOf(sql`id`, ids)} and profile <> 0 and coalesce(end_reason, '') <> 'merged'`);
	}
	if (upTo >= mark.last_id) await tx.run(sql`delete from limit_change where journey = ${journey}`);
	else await tx.run(sql`update limit_change set next_id = ${upTo + 1} where journey = ${journey}`);
}

/**
 * Ends enrollments whose time is up, wherever their people stand (PROTOCOL 20), at most so many slices of 500, earliest first.
 * Answers with how many ended.
 */
export async function leaveOverdue(store: Store, slices: number): Promise<number> {
	let ended = 0;
	for (let slice = 0; slice < slices; slice += 1) {
		// Looked up by a reader first: asking every second must not take the writer's turn when nobody is due.
		const due = await store.read((reader) => reader.first(sql`select 1 as due from enrollment where state = 'active' and expires_at <= ${reader.nowMs} limit 1`));
		if (due === undefined) break;
		const count = await store.tx('time-limit', leaveSlice);
		if (count === 0) break;
		ended += count;
	}
	return ended;
}

async function leaveSlice(tx: Tx): Promise<number> {
	const due = await tx.all(sql<{ id: number; profile: number }>`select id, profile from enrollment where state = 'active' and expires_at <= ${tx.nowMs} order by expires_at limit ${sql.lit(SLICE)}`);
	if (due.length === 0) return 0;
	await lockProfiles(tx, new Set(due.map(({ profile }) => profile)));
	// Asked again behind the lock: another process may have ended them, and whose person was merged meanwhile comes in the next slice.
	const still = await tx.all(sql<{ id: number }>`select e.id from ${tx.dialect.rows(due, { id: 'integer', profile: 'integer' }, 'd')}
		cross join enrollment e where e.id = d.id and e.profile = d.profile and e.state = 'active' and e.expires_at <= ${tx.nowMs} order by e.id`);
	return await exitEnrollments(tx, still.map(({ id }) => id), TIME_LIMIT_REASON, null);
}
