import { sql } from 'kysely';

import type { Tx } from '../store';
import type { KnownSegment } from './known-segments';
import { nextChangeSql, ruleSql } from './rule-sql';

export interface Membership {
	segment: number;
	profile: number;
}

export interface Moved {
	entered: Membership[];
	left: Membership[];
}

/** Looks at some people in one segment. The caller has locked them. */
export interface Look {
	segment: KnownSegment;
	profiles: readonly number[];
}

/**
 * Brings memberships and appointments (when time alone will change them) up to date: one statement a segment, then at most
 * four for all of them. Only differences are written, so a member who stays keeps the time of entering.
 */
export async function updateMemberships(tx: Tx, looks: readonly Look[]): Promise<Moved> {
	const moved: Moved = { entered: [], left: [] };
	const due: Array<Membership & { due: number }> = [];
	const noLongerDue: Membership[] = [];
	for (const { segment, profiles } of looks) {
		if (profiles.length === 0) continue;
		if (segment.reach.timed) await lookTimed(tx, segment, profiles, moved, due, noLongerDue);
		else await lookUntimed(tx, segment, profiles, moved);
	}
	await write(tx, moved, due, noLongerDue);
	return moved;
}

async function lookUntimed(tx: Tx, segment: KnownSegment, profiles: readonly number[], moved: Moved): Promise<void> {
	const rows = await tx.all(
		sql<{ profile: number; member: number | boolean }>`select p.id as profile, (m.profile is not null) as member
			from profile p left join segment_member m on m.segment = ${segment.id} and m.profile = p.id
			where ${tx.dialect.anyOf(sql.ref('p.id'), profiles)} and (${ruleSql(tx.dialect, segment.rule, tx.nowMs, 'p')}) <> (m.profile is not null)`,
	);
	for (const row of rows) (row.member ? moved.left : moved.entered).push({ segment: segment.id, profile: row.profile });
}

async function lookTimed(
	tx: Tx, segment: KnownSegment, profiles: readonly number[], moved: Moved, due: Array<Membership & { due: number }>, noLongerDue: Membership[],
): Promise<void> {
	const rows = await tx.all(
		sql<{ profile: number; member: number | boolean; holds: number | boolean; had: number | null; due: number | null }>`select p.id as profile,
			(m.profile is not null) as member, ${ruleSql(tx.dialect, segment.rule, tx.nowMs, 'p')} as holds, r.due_at as had,
			${nextChangeSql(tx.dialect, segment.rule, tx.nowMs, 'p') ?? sql`null`} as due
			from profile p left join segment_member m on m.segment = ${segment.id} and m.profile = p.id
			left join segment_recheck r on r.segment = ${segment.id} and r.profile = p.id
			where ${tx.dialect.anyOf(sql.ref('p.id'), profiles)}`,
	);
	const gone = new Set(profiles);
	for (const row of rows) {
		const membership = { segment: segment.id, profile: row.profile };
		gone.delete(row.profile);
		if (Boolean(row.holds) !== Boolean(row.member)) (row.member ? moved.left : moved.entered).push(membership);
		if (row.due !== null && row.due !== row.had) due.push({ ...membership, due: row.due });
		else if (row.due === null && row.had !== null) noLongerDue.push(membership);
	}
	for (const profile of gone) noLongerDue.push({ segment: segment.id, profile });
}

async function write(tx: Tx, moved: Moved, due: ReadonlyArray<Membership & { due: number }>, noLongerDue: readonly Membership[]): Promise<void> {
	const int = sql.raw(tx.dialect.types.int);
	const pairs = (list: readonly Membership[]) => tx.dialect.rows(list, { segment: 'integer', profile: 'integer' }, 'r');
	if (moved.entered.length > 0) {
		await tx.run(
			sql`insert into segment_member (segment, profile, entered_at) select r.segment, r.profile, cast(${tx.nowMs} as ${int}) from ${pairs(moved.entered)} where true on conflict do nothing`,
		);
	}
	if (moved.left.length > 0) await tx.run(sql`delete from segment_member where (segment, profile) in (select r.segment, r.profile from ${pairs(moved.left)})`);
	if (noLongerDue.length > 0) await tx.run(sql`delete from segment_recheck where (segment, profile) in (select r.segment, r.profile from ${pairs(noLongerDue)})`);
	if (due.length > 0) {
		await tx.run(
			sql`insert into segment_recheck (segment, profile, due_at) select r.segment, r.profile, r.due
				from ${tx.dialect.rows(due, { segment: 'integer', profile: 'integer', due: 'integer' }, 'r')} where true
				on conflict (segment, profile) do update set due_at = excluded.due_at`,
		);
	}
}

/**
 * Builds a segment for everybody with set-based statements. Members who stay are not touched.
 * Nobody who enters by a build starts a journey: saving a rule is not something people did.
 */
export async function buildMemberships(tx: Tx, segment: KnownSegment): Promise<void> {
	const rule = ruleSql(tx.dialect, segment.rule, tx.nowMs, 'p');
	const next = nextChangeSql(tx.dialect, segment.rule, tx.nowMs, 'p');
	const id = sql`cast(${segment.id} as ${sql.raw(tx.dialect.types.int)})`;
	await tx.run(sql`delete from segment_member where segment = ${segment.id} and profile in (select p.id from profile p where not ${rule})`);
	await tx.run(
		sql`insert into segment_member (segment, profile, entered_at) select ${id}, p.id, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}) from profile p
			where ${rule} and not exists (select 1 from segment_member m where m.segment = ${segment.id} and m.profile = p.id)`,
	);
	await tx.run(sql`delete from segment_recheck where segment = ${segment.id}`);
	if (next !== null) {
		await tx.run(
			sql`insert into segment_recheck (segment, profile, due_at) select ${id}, due.profile, due.at
				from (select p.id as profile, ${next} as at from profile p) as due where due.at is not null`,
		);
	}
}
