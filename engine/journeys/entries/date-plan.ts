import { sql } from 'kysely';

import { valueAtPath } from '../../kernel';
import type { Tx } from '../../store';
import { occurrences, type DateEntry } from './date-days';
import type { Whereabouts } from '../whereabouts';

const HOUR_MS = 3_600_000;
/**
 * Two people in different zones see the same time of day up to 26 hours apart. So everybody is looked at this long before their turn as it is known now,
 * and again at the turn: whatever moves a zone without telling (Settings, an identity) is seen in time, and nobody's turn comes early.
 */
const LOOK_BEFORE_MS = 26 * HOUR_MS;

export interface DateRow {
	journey: string;
	profile: number;
	/** Of the turn that is waited for; null: none. */
	day: string | null;
	enters_at: number | null;
	due_at: number | null;
	/** Turns up to this day are over. */
	done_day: string | null;
}

export type Known = Pick<DateRow, 'day' | 'done_day'>;

export interface Turn {
	day: string;
	atMs: number;
}

/**
 * The next turn of a person; null: none to come. A turn that was waited for and whose time has come keeps its day, wherever the person is by
 * now: a zone that moved past it does not lose it. Else turns begin after now: who tells their birthday in the afternoon is not
 * "late" for the morning, nor is everybody whose birthday it is when a journey is published.
 */
export function nextTurn(entry: DateEntry, { attributes, zone }: Whereabouts, { day, done_day: done }: Known, nowMs: number): Turn | null {
	const open = occurrences(valueAtPath(attributes, entry.attribute), entry, zone, nowMs).filter((turn) => done === null || turn.day > done);
	return open.find((turn) => turn.day === day) ?? open.find(({ atMs }) => atMs > nowMs) ?? null;
}

/** The row that waits for this turn. */
export function waitingFor(journey: string, profile: number, turn: Turn | null, done: string | null, nowMs: number): DateRow {
	const due = turn === null ? null : turn.atMs - LOOK_BEFORE_MS > nowMs ? turn.atMs - LOOK_BEFORE_MS : turn.atMs;
	return { journey, profile, day: turn?.day ?? null, enters_at: turn?.atMs ?? null, due_at: due, done_day: done };
}

/** Two statements. A row that says nothing is not kept. */
export async function writeDates(tx: Tx, rows: readonly DateRow[]): Promise<void> {
	const isEmpty = ({ day, done_day }: DateRow): boolean => day === null && done_day === null;
	const kept = rows.filter((row) => !isEmpty(row));
	const shape = { journey: 'text', profile: 'integer', day: 'text', enters_at: 'integer', due_at: 'integer', done_day: 'text' } as const;
	if (kept.length > 0) {
		await tx.run(sql`insert into date_entry (journey, profile, day, enters_at, due_at, done_day) select r.journey, r.profile, r.day, r.enters_at, r.due_at, r.done_day
			from ${tx.dialect.rows(kept, shape, 'r')} where true
			on conflict (journey, profile) do update set day = excluded.day, enters_at = excluded.enters_at, due_at = excluded.due_at, done_day = excluded.done_day`);
	}
	await deleteDates(tx, rows.filter(isEmpty));
}

export async function deleteDates(tx: Tx, rows: ReadonlyArray<Pick<DateRow, 'journey' | 'profile'>>): Promise<void> {
	if (rows.length === 0) return;
	const keys = rows.map(({ journey, profile }) => ({ journey, profile }));
	await tx.run(sql`delete from date_entry where ${tx.dialect.anyOf(sql.ref('profile'), keys.map(({ profile }) => profile))}
		and (journey, profile) in (select r.journey, r.profile from ${tx.dialect.rows(keys, { journey: 'text', profile: 'integer' }, 'r')})`);
}

/** What is known of these people's turns, by journey and profile. */
export async function readDates(tx: Tx, profiles: readonly number[]): Promise<Map<string, DateRow>> {
	if (profiles.length === 0) return new Map();
	const rows = await tx.all(sql<DateRow>`select journey, profile, day, enters_at, due_at, done_day from date_entry where ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	return new Map(rows.map((row) => [dateKey(row), row]));
}

export function dateKey({ journey, profile }: Pick<DateRow, 'journey' | 'profile'>): string {
	return `${profile} ${journey}`;
}
