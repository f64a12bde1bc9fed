import { sql } from 'kysely';

import { calendarDay, dayAfter, dayAt, instantOf, type CalendarDay } from '../kernel/local-time';
import type { SettingsValues, WarmUpPlan } from '../settings';
import type { Reader, Tx } from '../store';
import type { Attempted, Judged } from './attempt';
import type { Work } from './guards';
import type { GuardName, LedgerRequest } from './types';

/*
 * Warming up a sender: no more marketing mails a day than its plan allows, over all steps and workers. One row a sender and day counts those that
 * were given out to be sent. It is the last thing that an attempt locks, behind the profiles, and only attempts of this sender wait for each
 * other, for the milliseconds of their transaction; the calls to the provider come after it. What did certainly not leave is given back with its confirmation.
 *
 * A day is one of the calendar in the settings' zone, so that it has 23 or 25 hours when the clocks change. Who comes too late waits at the step
 * until the next day begins and is asked again by all guards; however often that happens, nobody is skipped for it.
 */

export const WARM_UP: GuardName = 'warm-up';

const DAY_MS = 86_400_000;

export interface WarmUpDay {
	/** As in the plan: an address, or a domain. */
	sender: string;
	/** '2026-03-29' in the settings' zone. */
	day: string;
	/** How many may leave on it. */
	ceiling: number;
	/** When the next day begins, UTC milliseconds. */
	endsAtMs: number;
}

/** The plan for an address, else that for its domain, on the day of nowMs; null: none, or not yet begun. */
export function warmUpDay({ warmUps, zone }: Pick<SettingsValues, 'warmUps' | 'zone'>, address: string, nowMs: number): WarmUpDay | null {
	const from = address.toLowerCase();
	const plan = warmUps.find(({ sender }) => sender === from) ?? warmUps.find(({ sender }) => sender === from.slice(from.lastIndexOf('@') + 1));
	if (plan === undefined) return null;
	const today = dayAt(nowMs, zone);
	const ceiling = ceilingOf(plan, today);
	return ceiling === null ? null : { sender: plan.sender, day: text(today), ceiling, endsAtMs: instantOf(dayAfter(today, 1), 0, zone) };
}

function ceilingOf({ from, first, growth, final }: WarmUpPlan, today: CalendarDay): number | null {
	const start = calendarDay(from);
	if (start === null) return null;
	const days = Math.round((utc(today) - utc(start)) / DAY_MS);
	// Not growth ** days alone: after some years it is Infinity, and Infinity mails are none of a plan.
	return days < 0 ? null : Math.min(final, Math.floor(first * growth ** Math.min(days, 10_000) + 1e-9));
}

function utc({ year, month, day }: CalendarDay): number {
	return Date.UTC(year, month - 1, day);
}

function text({ year, month, day }: CalendarDay): string {
	return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** What an attempt has taken of a day; see giveBack. */
export interface Taken {
	sender: string;
	day: string;
}

/**
 * Lets as many through as the day still has, in the order of the batch, and holds the others until the next. Two statements; none without a plan.
 * The last guard of all, so that nothing is counted that another one keeps back.
 */
export async function warmUp(tx: Tx, request: LedgerRequest, verdicts: readonly Judged[], settings: SettingsValues): Promise<{ verdicts: Judged[]; taken: Taken | null }> {
	const today = request.purpose === 'marketing' && request.from !== undefined ? warmUpDay(settings, request.from.address, tx.nowMs) : null;
	const wanted = verdicts.filter((verdict) => verdict.kind === 'attempt' && isCounted(verdict.addressed.work)).length;
	if (today === null || wanted === 0) return { verdicts: [...verdicts], taken: null };
	let left = await take(tx, today, wanted);
	const reason = `warm-up: ${today.sender} has sent its ${today.ceiling} marketing mails of ${today.day}`;
	const judged = verdicts.map((verdict): Judged => {
		if (verdict.kind !== 'attempt' || !isCounted(verdict.addressed.work)) return verdict;
		left -= 1;
		if (left >= 0) return verdict;
		const { work } = verdict.addressed;
		if (work.visit === null) return { kind: 'skip', work, guard: WARM_UP, reason: `${reason}; only in a journey can a message wait` };
		return { kind: 'hold', work, guard: WARM_UP, reason, untilMs: today.endsAtMs };
	});
	return { verdicts: judged, taken: { sender: today.sender, day: today.day } };
}

/** A test on a virtual clock walks a month in a minute, and would stand still until tomorrow. */
function isCounted({ visit }: Work): boolean {
	return (visit?.token.timeScale ?? 1) === 1;
}

async function take(tx: Tx, { sender, day, ceiling }: WarmUpDay, wanted: number): Promise<number> {
	// The update that changes nothing locks the row and shows what others have committed.
	const row = await tx.first(sql<{ taken: number }>`insert into sender_day (sender, day, taken) values (${sender}, ${day}, 0)
		on conflict (sender, day) do update set taken = sender_day.taken returning taken`);
	const granted = Math.max(0, Math.min(wanted, ceiling - Number(row?.taken ?? 0)));
	if (granted > 0) await tx.run(sql`update sender_day set taken = taken + ${granted} where sender = ${sender} and day = ${day}`);
	return granted;
}

/** Of attempts that certainly brought nobody a mail. Without it a server that is down would use the day up; lost in a crash it errs to too few. */
export async function giveBack(tx: Tx, taken: Taken | null, attempted: readonly Attempted[]): Promise<void> {
	const unsent = attempted.filter((entry) => isCounted(entry.work) && (entry.kind === 'broken' || entry.kind === 'untried' || entry.kind === 'notBegun' || (entry.kind === 'outcome' && (entry.outcome.kind === 'transient' || entry.outcome.kind === 'account')))).length;
	if (taken === null || unsent === 0) return;
	await tx.run(sql`update sender_day set taken = taken - ${unsent} where sender = ${taken.sender} and day = ${taken.day}`);
}

/** How far each plan is today, for whoever looks at the journeys. */
export interface WarmUpState {
	sender: string;
	/** '2026-03-29' in the settings' zone. */
	day: string;
	/** Marketing mails that may leave on this day. */
	ceiling: number;
	sent: number;
	/** ISO 8601; when the next day, with its higher ceiling, begins. */
	until: string;
	/** Mails that wait for it. */
	waiting: number;
}

export async function warmUpStates(reader: Reader, settings: SettingsValues): Promise<WarmUpState[]> {
	const days = settings.warmUps.flatMap(({ sender }) => warmUpDay(settings, sender, reader.nowMs) ?? []);
	if (days.length === 0) return [];
	const counts = await reader.all(sql<{ sender: string; day: string; taken: number }>`select sender, day, taken from sender_day where ${reader.dialect.anyOf(sql`sender`, days.map(({ sender }) => sender))}`);
	const waiting = await reader.all(sql<{ reason: string; n: number }>`select reason, count(*) as n from message where state = 'deferred' and guard = ${WARM_UP} group by reason`);
	return days.map(({ sender, day, ceiling, endsAtMs }) => ({
		sender, day, ceiling, sent: Number(counts.find((row) => row.sender === sender && row.day === day)?.taken ?? 0), until: new Date(endsAtMs).toISOString(),
		waiting: waiting.filter(({ reason }) => reason.startsWith(`warm-up: ${sender} `)).reduce((sum, { n }) => sum + Number(n), 0),
	}));
}
