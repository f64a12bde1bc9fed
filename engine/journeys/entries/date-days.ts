import type { JsonValue } from '../../kernel';
import { clockMinutes, dayAfter, dayAt, instantOf, type CalendarDay } from '../../kernel/local-time';
import type { JourneyEntry } from '../types';

export type DateEntry = Extract<JourneyEntry, { kind: 'date' }>;

/** A day on which a person's date brings them in; `day`: 'YYYY-MM-DD' of their calendar. */
interface Occurrence {
	day: string;
	atMs: number;
}

/**
 * The days around now on which somebody with this date has their turn, in order: one, or a few years of them. As anniversaries in segments
 * (segments/anniversary-sql.ts): what stands at the beginning of a text as YYYY-MM-DD is the date, whatever its year; 29 February is the
 * 28th in a year without one; 30 February is none.
 */
export function occurrences(date: JsonValue | undefined, { yearly, offsetDays, at }: DateEntry, zone: string, nowMs: number): Occurrence[] {
	const match = typeof date === 'string' ? /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])/.exec(date) : null;
	if (match === null) return [];
	const [year = 0, month = 0, day = 0] = match.slice(1).map(Number);
	// A turn may lie years beside its date by the offset; the last one may be pending still.
	const around = dayAfter(dayAt(nowMs, zone), -offsetDays).year;
	const years = yearly ? [around - 1, around, around + 1, around + 2] : [year];
	const minutes = clockMinutes(at) ?? 0;
	return years.flatMap((one) => dayIn(one, month, day, yearly)).map((returns) => {
		const turn = dayAfter(returns, offsetDays);
		return { day: textOf(turn), atMs: instantOf(turn, minutes, zone) };
	});
}

function dayIn(year: number, month: number, day: number, yearly: boolean): CalendarDay[] {
	const found = { year, month, day: yearly && month === 2 && day === 29 && !isLeap(year) ? 28 : day };
	const real = dayAfter(found, 0);
	return real.month === found.month && real.day === found.day ? [found] : [];
}

function isLeap(year: number): boolean {
	return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function textOf({ year, month, day }: CalendarDay): string {
	return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
