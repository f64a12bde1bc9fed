import { clockMinutes, dayAfter, dayAt, instantOf, type CalendarDay } from '../kernel/local-time';
import type { SettingsValues } from '../settings';

export type Silence = Pick<SettingsValues, 'quietHours' | 'blackoutDates'>;

export interface Silent {
	guard: 'quiet hours' | 'blackout date';
	/** As the ledger says it. */
	reason: string;
	/** The first instant at which neither quiet hours nor a blackout date hold, UTC milliseconds. */
	untilMs: number;
}

/** Nights and blackout dates that follow each other without a minute in between. More is a mistake in the settings; whoever waits so long is skipped anyway. */
const LONGEST_RUN = 800;

/**
 * Whether nothing may leave to somebody in this zone now, why, and until when. null: it may.
 * By instants, not by comparing the clock on the wall: where the clocks go back during the night, the hour that comes twice is
 * quiet once. A time that they skip is the first instant after the gap (instantOf).
 */
export function silentAt(nowMs: number, zone: string, silence: Silence): Silent | null {
	let first: Omit<Silent, 'untilMs'> | null = null;
	let atMs = nowMs;
	for (let run = 0; run < LONGEST_RUN; run += 1) {
		const pause = blackout(atMs, zone, silence) ?? quiet(atMs, zone, silence);
		if (pause === null) break;
		first ??= { guard: pause.guard, reason: pause.reason };
		atMs = pause.untilMs;
	}
	return first === null ? null : { ...first, untilMs: atMs };
}

function blackout(atMs: number, zone: string, { blackoutDates }: Silence): Silent | null {
	if (blackoutDates.length === 0) return null;
	const day = dayAt(atMs, zone);
	const [yearly, once] = [`${two(day.month)}-${two(day.day)}`, `${String(day.year).padStart(4, '0')}-${two(day.month)}-${two(day.day)}`];
	const found = blackoutDates.find(({ date }) => date === yearly || date === once);
	if (found === undefined) return null;
	return { guard: 'blackout date', reason: `blackout date ${found.date}${found.name === undefined ? '' : ` (${found.name})`}`, untilMs: instantOf(dayAfter(day, 1), 0, zone) };
}

function quiet(atMs: number, zone: string, { quietHours }: Silence): Silent | null {
	if (quietHours === null) return null;
	const [from, to] = [clockMinutes(quietHours.from) ?? 0, clockMinutes(quietHours.to) ?? 0];
	const today = dayAt(atMs, zone);
	// The night that began yesterday, and today's.
	for (const day of from > to ? [dayAfter(today, -1), today] : [today]) {
		const night: [CalendarDay, CalendarDay] = [day, from > to ? dayAfter(day, 1) : day];
		const untilMs = instantOf(night[1], to, zone);
		if (atMs >= instantOf(night[0], from, zone) && atMs < untilMs) {
			return { guard: 'quiet hours', reason: `quiet hours ${quietHours.from} to ${quietHours.to} in ${zone}`, untilMs };
		}
	}
	return null;
}

const two = (number: number): string => String(number).padStart(2, '0');
