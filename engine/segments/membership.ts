import { sql, type RawBuilder } from 'kysely';

import type { Tx } from '../store';
import type { KnownSegment } from './known-segments';
import { look, takeIn, takeOut } from './look-sql';
import { totalsFor, type AskTotals } from './totals';
import type { SegmentChange } from './types';

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
 * five for all of them, and as many as models of scores are compared. Only differences are written, so a member who stays keeps the time of entering.
 */
export async function updateMemberships(tx: Tx, ask: AskTotals, looks: readonly Look[], why: SegmentChange['why']): Promise<Moved> {
	const found = new Findings(tx.nowMs);
	const scored = looks.filter(({ segment }) => segment.reach.scores.size > 0);
	const totals = await totalsFor(ask, tx, scored.map(({ segment }) => segment), [...new Set(scored.flatMap(({ profiles }) => profiles))], 'follow');
	for (const { segment, profiles } of looks) {
		if (profiles.length === 0) continue;
		const rows = await look(tx, segment, tx.dialect.anyOf(sql.ref('p.id'), profiles), totals);
		found.take(segment.id, rows);
		if (why === 'time') await forgetStray(tx, segment, profiles);
	}
	await found.write(tx, why);
	return found.moved;
}

export interface Range {
	from: number;
	to: number;
}

/** Looks at everybody from one profile id to another, both included. */
export async function updateRange(tx: Tx, ask: AskTotals, segment: KnownSegment, range: Range): Promise<Moved> {
	const found = new Findings(tx.nowMs);
	found.take(segment.id, await look(tx, segment, within(range), await totalsFor(ask, tx, [segment], range, 'ask')));
	await found.write(tx, 'rebuild');
	return found.moved;
}

/**
 * The first members of a new segment: nothing changed about these people, so neither the log nor anybody is told of them. Only when
 * another segment asks for this one (`isAskedFor`), `inside` names who is in it now. Whoever is in it by an earlier rule, which was
 * replaced before everybody had been looked at, leaves as people always do.
 */
export async function takeInRange(tx: Tx, ask: AskTotals, segment: KnownSegment, range: Range, isAskedFor: boolean): Promise<Moved & { inside: number[] }> {
	const totals = await totalsFor(ask, tx, [segment], range, 'ask');
	const gone = await takeOut(tx, segment, within(range), totals);
	const moved = { entered: [], left: gone.map((profile) => ({ segment: segment.id, profile })) };
	await logChanges(tx, moved, 'rebuild');
	await takeIn(tx, segment, within(range), totals);
	if (!isAskedFor) return { ...moved, inside: [] };
	const members = await tx.all(sql<{ profile: number }>`select profile from segment_member where segment = ${segment.id} and profile between ${range.from} and ${range.to} order by profile`);
	return { ...moved, inside: members.map((row) => row.profile) };
}

function within({ from, to }: Range): RawBuilder<boolean> {
	return sql<boolean>`p.id between ${from} and ${to}`;
}

/** Appointments that no look takes away, of people who are gone or of a rule that time changes no more: they would come up again and again. */
async function forgetStray(tx: Tx, segment: KnownSegment, profiles: readonly number[]): Promise<void> {
	const stray = segment.reach.timed ? sql`and not exists (select 1 from profile p where p.id = segment_recheck.profile)` : sql``;
	await tx.run(
		sql`delete from segment_recheck where segment = ${segment.id} and ${tx.dialect.anyOf(sql.ref('profile'), profiles)} and due_at <= ${tx.nowMs} ${stray}`,
	);
}

class Findings {
	readonly moved: Moved = { entered: [], left: [] };
	private readonly due: Array<Membership & { due: number }> = [];
	private readonly noLongerDue: Membership[] = [];

	constructor(private readonly nowMs: number) {}

	take(segment: number, rows: ReadonlyArray<{ profile: number; member: number | boolean; holds: number | boolean; had: number | null; due: number | null }>): void {
		for (const { profile, member, holds, had, due } of rows) {
			if (Boolean(holds) !== Boolean(member)) (member ? this.moved.left : this.moved.entered).push({ segment, profile });
			if (due !== null && (had === null || had <= this.nowMs || due < had)) this.due.push({ segment, profile, due });
			else if (due === null && had !== null && had <= this.nowMs) this.noLongerDue.push({ segment, profile });
		}
	}

	async write(tx: Tx, why: SegmentChange['why']): Promise<void> {
		await writeMembers(tx, this.moved);
		await logChanges(tx, this.moved, why);
		if (this.noLongerDue.length > 0) {
			await tx.run(sql`delete from segment_recheck where (segment, profile) in (select r.segment, r.profile from ${pairs(tx, this.noLongerDue)})`);
		}
		if (this.due.length > 0) {
			await tx.run(
				sql`insert into segment_recheck (segment, profile, due_at) select r.segment, r.profile, r.due
					from ${tx.dialect.rows(this.due, { segment: 'integer', profile: 'integer', due: 'integer' }, 'r')} where true
					on conflict (segment, profile) do update set due_at = excluded.due_at`,
			);
		}
	}
}

export async function writeMembers(tx: Tx, { entered, left }: Moved): Promise<void> {
	if (entered.length > 0) {
		await tx.run(
			sql`insert into segment_member (segment, profile, entered_at) select r.segment, r.profile, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}) from ${pairs(tx, entered)} where true on conflict do nothing`,
		);
	}
	if (left.length > 0) await tx.run(sql`delete from segment_member where (segment, profile) in (select r.segment, r.profile from ${pairs(tx, left)})`);
}

export async function logChanges(tx: Tx, { entered, left }: Moved, why: SegmentChange['why']): Promise<void> {
	const rows = [...left.map((one) => ({ ...one, change: 'left' })), ...entered.map((one) => ({ ...one, change: 'entered' }))];
	if (rows.length === 0) return;
	await tx.run(
		sql`insert into segment_change (segment, profile, change, why, at) select r.segment, r.profile, r.change, ${why}, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})
			from ${tx.dialect.rows(rows, { segment: 'integer', profile: 'integer', change: 'text' }, 'r')}`,
	);
}

function pairs(tx: Tx, list: readonly Membership[]) {
	return tx.dialect.rows(list, { segment: 'integer', profile: 'integer' }, 'r');
}
