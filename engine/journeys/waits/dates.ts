import { epochMs, type JsonValue } from '../../kernel';
import { calendarDay, clockMinutes, dayAfter, dayAt, dayInYear, instantOf, timeAt, weekdayOf, type CalendarDay } from '../../kernel/local-time';
import type { WaitOffset } from './types';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** An instant, or what clocks and calendars show, wherever the person is. timeMs: since midnight; null: a day without a time. */
type Moment = { atMs: number } | { day: CalendarDay; timeMs: number | null };

const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/**
 * A date or time, ISO 8601 or since 1970 in milliseconds or seconds; null: it is none. A time that names no zone is UTC among attributes, as
 * everywhere in the engine; in a step's own setting it is the person's local time, as whoever wrote it there means it.
 */
export function readMoment(value: JsonValue | undefined, withoutZone: 'utc' | 'local'): Moment | null {
	if (typeof value === 'number' || (typeof value === 'string' && /^\s*\d{10,13}\s*$/.test(value))) {
		const atMs = epochMs(Number(value));
		return atMs === undefined ? null : { atMs };
	}
	if (typeof value !== 'string') return null;
	const text = value.trim();
	const whole = calendarDay(text);
	if (whole !== null) return { day: whole, timeMs: null };
	const [, date = '', hours = '', minutes = '', seconds = '0', fraction = '0', zone] = TIME.exec(text) ?? [];
	const day = calendarDay(date);
	if (day === null || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null;
	const timeMs = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * 1000 + Math.floor(Number(`0.${fraction}`) * 1000);
	if (zone === undefined && withoutZone === 'local') return { day, timeMs };
	return { atMs: instantOf(day, 0, 'UTC') + timeMs - offsetMs(zone ?? 'Z') };
}

function offsetMs(zone: string): number {
	const [, sign = '+', hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
	return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS);
}

interface DateRule {
	offset?: WaitOffset | undefined;
	at?: string | undefined;
	passed?: 'goOn' | 'nextYear' | undefined;
}

/** The instant that a wait for a date is about, in the person's zone. */
export function instantFor(moment: Moment, rule: DateRule, zone: string, nowMs: number): number {
	const first = instantIn(moment, rule, zone);
	if (rule.passed !== 'nextYear' || first >= nowMs) return first;
	const local = 'atMs' in moment ? { day: dayAt(moment.atMs, zone), timeMs: timeAt(moment.atMs, zone) } : moment;
	// From the year before: an offset forward may carry a day of December over.
	for (let year = Math.max(local.day.year, dayAt(nowMs, zone).year - 1); ; year += 1) {
		const again = instantIn({ ...local, day: dayInYear(local.day, year) }, rule, zone);
		if (again >= nowMs) return again;
	}
}

function instantIn(moment: Moment, { offset, at }: DateRule, zone: string): number {
	const sign = offset?.direction === 'before' ? -1 : 1;
	const amount = sign * (offset?.amount ?? 0);
	const exactMs = offset?.unit === 'hours' ? amount * HOUR_MS : offset?.unit === 'minutes' ? amount * MINUTE_MS : 0;
	const days = offset?.unit === 'days' ? amount : offset?.unit === 'weeks' ? amount * 7 : 0;
	const base = moved(moment, days, zone) + exactMs;
	const minutes = at === undefined ? null : clockMinutes(at);
	return minutes === null ? base : instantOf(dayAt(base, zone), minutes, zone);
}

/** So many calendar days later, at the same time by the clocks there. */
function moved(moment: Moment, days: number, zone: string): number {
	if ('atMs' in moment && days === 0) return moment.atMs;
	const { day, timeMs } = 'atMs' in moment ? { day: dayAt(moment.atMs, zone), timeMs: timeAt(moment.atMs, zone) } : moment;
	const time = timeMs ?? 0;
	const whole = Math.floor(time / MINUTE_MS);
	return instantOf(dayAfter(day, days), whole, zone) + (time - whole * MINUTE_MS);
}

/**
 * The first instant from `fromMs` on at which the zone's clocks show this time of day on one of the weekdays (none given: any). An hour that comes
 * twice counts the first time only.
 */
export function nextTime(fromMs: number, zone: string, minutes: number, weekdays: readonly number[] = []): number {
	const today = dayAt(fromMs, zone);
	// From the day before: clocks that jump over midnight show the end of that day at the beginning of this one.
	for (let days = -1; ; days += 1) {
		const day = dayAfter(today, days);
		if (weekdays.length > 0 && !weekdays.includes(weekdayOf(day))) continue;
		const atMs = instantOf(day, minutes, zone);
		if (atMs >= fromMs) return atMs;
	}
}
