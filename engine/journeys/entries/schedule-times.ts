import { DateTime } from 'luxon';

import { EngineError } from '../../kernel';
import { dayAt, instantOf, isZone } from '../../kernel/local-time';
import type { JourneyEntry, StepRef } from '../types';
import { cronProblem, nextCron } from './cron-times';

export type ScheduleEntry = Extract<JourneyEntry, { kind: 'schedule' }>;

/** Where a day begins first on earth. */
const FIRST_ZONE = 'Pacific/Kiritimati';

export interface Planned {
	/** The time that the schedule names, in its zone. */
	occursAtMs: number;
	/** When the first person's turn is: earlier, where each has it by their own clock. */
	startsAtMs: number;
}

/** Throws BAD_INPUT with what to do. */
export function checkSchedule({ name }: Pick<StepRef, 'name'>, { when, zone, ratePerMinute }: ScheduleEntry): void {
	const bad = (what: string): EngineError => new EngineError('BAD_INPUT', `"${name}" ${what}. Correct it, then publish the journey again.`);
	if (zone !== undefined && !isZone(zone)) throw bad(`names "${String(zone).slice(0, 60)}" as its time zone, which there is not: write one such as Europe/Berlin`);
	if ('cron' in when) {
		const problem = cronProblem(when.cron);
		if (problem === 'unreadable') throw bad('needs a cron expression of five fields (minute, hour, day, month, weekday), such as 0 9 * * 1');
		if (problem === 'never') throw bad(`would never start: no day there is fits the cron expression ${when.cron.trim().slice(0, 60)}`);
	} else if (!DateTime.fromISO(asIso(when.at)).isValid) throw bad('needs a time such as 2026-05-04T09:00');
	if (ratePerMinute !== undefined && !(ratePerMinute > 0 && Number.isFinite(ratePerMinute))) throw bad('needs a rate of more than 0 people a minute');
}

/** The next time of the schedule whose first turn is after this instant; of a single time also one that is over. null: there is none. */
export function nextPlanned(entry: ScheduleEntry, zone: string, afterMs: number): Planned | null {
	const { when } = entry;
	if ('at' in when) return plannedAt(entry, zone, instantIn(asIso(when.at), zone));
	let from = afterMs;
	// By people's own clocks the first turn is up to 26 hours earlier: times that somewhere are over already are left out.
	for (;;) {
		const occursAtMs = nextCron(when.cron, zone, from);
		const planned = plannedAt(entry, zone, occursAtMs);
		if (planned.startsAtMs > afterMs) return planned;
		from = occursAtMs;
	}
}

function plannedAt({ localTime }: ScheduleEntry, zone: string, occursAtMs: number): Planned {
	return { occursAtMs, startsAtMs: localTime ? Math.min(occursAtMs, sameClock(occursAtMs, zone, FIRST_ZONE)) : occursAtMs };
}

/** When the clocks of one zone show what those of another show at this instant, to the minute. */
export function sameClock(atMs: number, zone: string, there: string): number {
	const { hour, minute } = DateTime.fromMillis(atMs, { zone });
	return instantOf(dayAt(atMs, zone), hour * 60 + minute, there);
}

/** n8n's fields write a space between date and time. */
function asIso(text: string): string {
	return text.trim().replace(' ', 'T');
}

/** A time without an offset is one of the zone's clocks: in a gap the first instant after it, of two the first. */
function instantIn(text: string, zone: string): number {
	if (/(Z|[+-]\d{2}(:?\d{2})?)$/i.test(text.slice(10))) return DateTime.fromISO(text).toMillis();
	const { year, month, day, hour, minute, second } = DateTime.fromISO(text, { zone: 'UTC' });
	return instantOf({ year, month, day }, hour * 60 + minute, zone) + second * 1000;
}

/** Times of the schedule from one on to now, the newest last: more than one when n8n was down. None that is older than `sinceMs`. */
export function plannedSince(entry: ScheduleEntry, zone: string, first: Planned, sinceMs: number, nowMs: number): Planned[] {
	const times = [first];
	if ('at' in entry.when) return times;
	for (let next = nextPlanned(entry, zone, Math.max(first.startsAtMs, sinceMs)); next !== null && next.startsAtMs <= nowMs; next = nextPlanned(entry, zone, next.startsAtMs)) times.push(next);
	return times;
}
