import type { Tallied } from '../journeys';
import type { AlertMeasure } from '../settings/types';
import { usualUpTo } from './usual';

export const HOUR_MS = 3_600_000;
export const DAY_HOURS = 24;
/** Four weeks. */
export const LEARNED_HOURS = 28 * DAY_HOURS;

const ENTRY_HOURS_AT_LEAST = 24;
const DAYS_AT_LEAST = 3;
/** Fewer bad ones than this are chance, whatever share they are. */
const BAD_AT_LEAST = 3;
/** A usual range never ends below these: people an hour, and percent. */
const FLOORS: Readonly<Record<AlertMeasure, number>> = { entries: 100, complaints: 0.1, bounces: 2, failures: 5, unsubscribes: 1 };
const BAD: Readonly<Record<Exclude<AlertMeasure, 'entries'>, readonly Tallied[]>> = { complaints: ['complained'], bounces: ['bounced'], failures: ['failed', 'held'], unsubscribes: ['unsubscribed'] };

/** hour (since 1970) -> what was counted. */
export type Hours = Map<number, Partial<Record<Tallied, number>>>;
export type Usual = Record<AlertMeasure, number | null>;

export interface Measured {
	number: number;
	/** Messages (of failures: messages or people) that it is a share of. */
	of: number | null;
	/** There is enough of it to judge. */
	enough: boolean;
}

/** The numbers as they are now. Entries: of this hour or the one before it, whichever is more, so that an alert outlasts the turn of the hour and is not raised anew by the same crowd. */
export function measure(hours: Hours, hour: number, atLeast: number): Record<AlertMeasure, Measured> {
	const entered = Math.max(hours.get(hour)?.entered ?? 0, hours.get(hour - 1)?.entered ?? 0);
	const share = (name: Exclude<AlertMeasure, 'entries'>): Measured => shareOf(sum(hours, hour - DAY_HOURS, hour), name, atLeast);
	return { entries: { number: entered, of: null, enough: true }, complaints: share('complaints'), bounces: share('bounces'), failures: share('failures'), unsubscribes: share('unsubscribes') };
}

/** From the hours before the current ones. */
export function learn(hours: Hours, hour: number, atLeast: number): Usual {
	const entries = [...hours].flatMap(([at, { entered = 0 }]) => (at < hour - 1 && entered > 0 ? [entered] : []));
	const days = Array.from({ length: LEARNED_HOURS / DAY_HOURS - 1 }, (_, day) => sum(hours, hour - (day + 2) * DAY_HOURS, hour - (day + 1) * DAY_HOURS));
	const shares = (name: Exclude<AlertMeasure, 'entries'>): number | null => {
		const known = days.map((day) => shareOf(day, name, atLeast)).filter(({ of }) => of !== null && of >= atLeast);
		return usualUpTo(known.map(({ number }) => number), { atLeast: DAYS_AT_LEAST, floor: FLOORS[name] });
	};
	return {
		entries: usualUpTo(entries, { atLeast: ENTRY_HOURS_AT_LEAST, floor: FLOORS.entries }),
		complaints: shares('complaints'), bounces: shares('bounces'), failures: shares('failures'), unsubscribes: shares('unsubscribes'),
	};
}

function shareOf(counts: Record<Tallied, number>, name: Exclude<AlertMeasure, 'entries'>, atLeast: number): Measured {
	const bad = BAD[name].reduce((total, kind) => total + counts[kind], 0);
	// Of a journey that sends nothing, the people who came are what failures are a share of.
	const of = name === 'failures' ? Math.max(counts.sent + counts.failed + counts.held, counts.entered) : Math.max(counts.sent, bad);
	return { number: of === 0 ? 0 : Math.round((bad / of) * 1_000_000) / 10_000, of, enough: of >= atLeast && bad >= BAD_AT_LEAST };
}

/** Hours after `from` up to `to`. */
function sum(hours: Hours, from: number, to: number): Record<Tallied, number> {
	const total: Record<Tallied, number> = { entered: 0, sent: 0, failed: 0, held: 0, bounced: 0, complained: 0, unsubscribed: 0 };
	for (let hour = from + 1; hour <= to; hour += 1) {
		for (const [kind, people] of Object.entries(hours.get(hour) ?? {})) total[kind as Tallied] += people;
	}
	return total;
}
