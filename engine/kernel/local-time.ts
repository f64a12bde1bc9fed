import { DateTime, IANAZone } from 'luxon';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A day of the calendar, without a zone. month and day from 1. */
export interface CalendarDay {
	year: number;
	month: number;
	day: number;
}

/** Asking Node costs 0.1 ms, and is asked for each person of a batch. Bounded: what is no zone may come from anybody. */
const zones = new Map<string, boolean>();
const MOST_ZONES_KEPT = 1000;

/** Whether this is a zone of the IANA list, as this Node knows it. An offset ("+02:00") is none: it knows no summer time. */
export function isZone(value: unknown): value is string {
	if (typeof value !== 'string') return false;
	let valid = zones.get(value);
	if (valid === undefined) {
		valid = /^[A-Za-z]/.test(value) && IANAZone.isValidZone(value);
		if (zones.size < MOST_ZONES_KEPT) zones.set(value, valid);
	}
	return valid;
}

/** Minutes since midnight of a 24-hour 'H:MM' or 'HH:MM'; null when it is none. */
export function clockMinutes(text: string): number | null {
	const [, hours = '', minutes = ''] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
	if (hours === '' || Number(hours) > 23 || Number(minutes) > 59) return null;
	return Number(hours) * 60 + Number(minutes);
}

/** 'YYYY-MM-DD', or 'MM-DD' for every year (29 February included). */
export function checkBlackoutDate(text: string): boolean {
	const [, year = '2024', month = '', day = ''] = /^(?:(\d{4})-)?(\d{2})-(\d{2})$/.exec(text) ?? [];
	return month !== '' && DateTime.utc(Number(year), Number(month), Number(day)).isValid;
}

/** The calendar day that it is in the zone at this instant. */
export function dayAt(atMs: number, zone: string): CalendarDay {
	const { year, month, day } = DateTime.fromMillis(atMs, { zone });
	return { year, month, day };
}

/** The calendar day of 'YYYY-MM-DD'; null when it is none, as 30 February. */
export function calendarDay(text: string): CalendarDay | null {
	const [, year = '', month = '', day = ''] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
	const date = { year: Number(year), month: Number(month), day: Number(day) };
	return year !== '' && DateTime.utc(date.year, date.month, date.day).isValid ? date : null;
}

/** Milliseconds since midnight that the zone's clocks show at this instant. */
export function timeAt(atMs: number, zone: string): number {
	const local = clocksAt(atMs, zone);
	return local - Math.floor(local / DAY_MS) * DAY_MS;
}

/** Date and time that the zone's clocks show at this instant, as the milliseconds since 1970 at which those of UTC did. */
export function clocksAt(atMs: number, zone: string): number {
	return atMs + IANAZone.create(zone).offset(atMs) * MINUTE_MS;
}

/** 1 Monday to 7 Sunday. */
export function weekdayOf({ year, month, day }: CalendarDay): number {
	return DateTime.utc(year, month, day).weekday;
}

/** The same day in another year; 29 February is the 28th in a year without one. */
export function dayInYear({ month, day }: CalendarDay, year: number): CalendarDay {
	return month === 2 && day === 29 && !DateTime.utc(year, 2, 29).isValid ? { year, month, day: 28 } : { year, month, day };
}

export function dayAfter({ year, month, day }: CalendarDay, days: number): CalendarDay {
	const moved = DateTime.utc(year, month, day).plus({ days });
	return { year: moved.year, month: moved.month, day: moved.day };
}

/**
 * The instant at which the zone's clocks show this time of this day: the first instant after the gap when the clocks skip it, the first
 * of the two when they show it twice. luxon alone does neither: it moves a skipped 02:30 to 03:30, and says of a doubled
 * one that which of both it takes is undefined.
 */
export function instantOf({ year, month, day }: CalendarDay, minutes: number, zone: string): number {
	const wanted = DateTime.utc(year, month, day).toMillis() + minutes * MINUTE_MS;
	const iana = IANAZone.create(zone);
	const offsetAt = (atMs: number): number => iana.offset(atMs) * MINUTE_MS;
	const before = offsetAt(wanted - DAY_MS);
	const after = offsetAt(wanted + DAY_MS);
	const found = [wanted - before, wanted - after].filter((atMs) => atMs + offsetAt(atMs) === wanted);
	if (found.length > 0) return Math.min(...found);
	// Skipped: the local clock jumps over it somewhere between these two.
	let low = wanted - Math.max(before, after);
	let high = wanted - Math.min(before, after);
	while (high - low > 1) {
		const middle = Math.floor((low + high) / 2);
		if (middle + offsetAt(middle) >= wanted) high = middle;
		else low = middle;
	}
	return high;
}
