import type { EventMatch } from '../../events/types';

/** Before or after a date. Days and weeks are those of the calendar where the person is, hours and minutes are exact. */
export interface WaitOffset {
	/** 0 or more. */
	amount: number;
	unit: 'minutes' | 'hours' | 'days' | 'weeks';
	direction: 'before' | 'after';
}

interface OfADate {
	/** Default: none. */
	offset?: WaitOffset;
	/** 'HH:MM' in the person's zone, on the day that date and offset give. Default: the date's own time, midnight where it has none. */
	at?: string;
	/** Where the moment is over already. goOn: at once, with outcome 'passed'. nextYear: the same day of the first year in which it is not. Default goOn. */
	passed?: 'goOn' | 'nextYear';
}

/** Waits that end by time. All local times are in the person's own zone; one that the clocks skip is the first instant after the gap, one that comes twice the first. */
export type WaitTime =
	/** The next such time of day, now included. weekdays: 1 Monday to 7 Sunday; absent or empty: any. */
	| { kind: 'time'; at: string; weekdays?: number[] }
	/** Of somebody who came out of a wait too late (outcome 'late'): the next day's same local time as the one that was missed. */
	| { kind: 'sameTime' }
	/** A date of each item (ParkItem.date). */
	| ({ kind: 'date' } & OfADate)
	/**
	 * A date among the person's attributes; followed while the person waits. missing: without one, or with something that is no date.
	 * wait: until there is one. goOn: at once, with outcome 'missing'. Default wait.
	 */
	| ({ kind: 'attribute'; attribute: string; missing?: 'wait' | 'goOn' } & OfADate)
	/**
	 * The hour at which the person is likeliest to look, within so many hours (default 24): by their own opens and clicks of 90 days, else
	 * those of the segment or list, else of everybody, else at `at` (default 10:00). Opens by machines do not count.
	 */
	| { kind: 'best'; withinHours?: number; segment?: string; at?: string };

/**
 * Waits that end when something happens (outcome 'event'), or by delayMs ('timeout'). What happened since the leg began counts, as with events.
 * already: what is so already ends the wait at once (default true); false: only a change does.
 */
export type WaitHappening =
	/** A segment or list, by name. */
	| { kind: 'segment'; segment: string; change: 'entered' | 'left'; already?: boolean }
	/** topic absent or '': the channel as a whole, which a "no" to also takes every topic from. */
	| { kind: 'consent'; channel: string; topic?: string; state: 'subscribed' | 'unsubscribed'; already?: boolean }
	/**
	 * Of this enrollment's last message before the step, or of its last one by the step with this node id. opened: by a person, not a machine;
	 * whoever clicks has opened. delivered: by SMTP, that the server took it. replied: by a person; an answer that names no message counts for the newest that went to its address.
	 */
	| { kind: 'message'; happened: 'delivered' | 'opened' | 'clicked' | 'replied'; step?: string; already?: boolean };

/** An event without a kind, as ever. */
export type WaitUntil = EventMatch | WaitTime | WaitHappening;

/**
 * due: its time came. event: what was awaited happened. timeout: it did not. passed, missing: the date was over, or there was none.
 * late: its time came, but nobody claimed it until later than `overdue` allows.
 */
export type WaitOutcome = 'due' | 'event' | 'timeout' | 'passed' | 'missing' | 'late';
