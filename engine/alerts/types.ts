import type { AlertMeasure } from '../settings/types';

/**
 * Glossary
 * measure   a number of a journey that is watched: entries of the hour, shares of the messages of the last 24 hours
 * alert     one crossing of a journey and kind, from when it began until it is over
 * listener  a published Journey Alert Trigger
 * delivery  one piece of news (raised, resolved) for one listener, handed out under a lease
 */
export type AlertKind = AlertMeasure
	/** People are due at a step and do not move. */
	| 'stalled'
	/** People wait for somebody to look. */
	| 'held'
	/** More people than the entry cap allows; the journey is paused. */
	| 'entryCap'
	/** A coupon pool has no more codes than it warns at. */
	| 'couponsLow'
	/** The provider refuses the account of a sender. */
	| 'account'
	/** Nothing is sent in any journey: by hand, or because the database was copied or restored. */
	| 'sendingStopped';

export interface Alert {
	id: number;
	kind: AlertKind;
	/** null: it concerns all journeys. A step's alert names the first journey of its workflow. */
	journey: { name: string; workflow: string; step: string } | null;
	/** The step it is about, as shown on the canvas. */
	step: string | null;
	/** In a sentence: what is, and what to do. No personal data. */
	reason: string;
	/** Percent of messages, people an hour, people; null where there is no number. */
	number: number | null;
	/** How many messages the percentage is of. */
	of: number | null;
	/** Upper end of what is usual for this journey; null while too little is known. */
	usual: number | null;
	/** null: none is set. */
	limit: number | null;
	/** The journey was paused by this alert, or by its entry cap. */
	paused: boolean;
	/** ISO 8601. */
	at: string;
	/** null: it lasts. */
	overAt: string | null;
}

export interface AlertNews extends Alert {
	news: 'raised' | 'resolved';
}

export interface AlertFilter {
	/** Empty: every kind. */
	kinds: AlertKind[];
	/** Workflow ids; empty: every journey. What concerns all journeys is told in any case. */
	workflows: string[];
	/** Whether it is also told when an alert is over. */
	resolved: boolean;
}

export interface AlertListener {
	workflow: string;
	step: string;
}

export interface HandedOut {
	nonce: string;
	news: Array<{ delivery: number; alert: AlertNews }>;
}

export interface AlertsApi {
	/** Newest first. Default: 100, also those that are over (kept for 90 days). */
	list(options?: { open?: boolean; limit?: number }): Promise<Alert[]>;
	/** A published Journey Alert Trigger says what it wants to hear; from then on it is told, also what happens while n8n is down. Forgotten after a week without a sign. */
	listen(listener: AlertListener, filter: AlertFilter): Promise<void>;
	/** Hands out what is to be told, to one caller of all processes, until the lease runs out. Default limit 50. */
	next(listener: AlertListener, options: { leaseMs: number; limit?: number }): Promise<HandedOut>;
	/** Which of these are still handed out by this nonce: what was handed out anew is the other one's to tell. */
	held(nonce: string, deliveries: number[]): Promise<number[]>;
	renew(nonce: string, leaseMs: number): Promise<void>;
	/** told: the execution has run, whatever became of it. Else it is handed out again, five times in all. */
	settle(nonce: string, told: boolean): Promise<void>;
}
