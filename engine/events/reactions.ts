import type { Tx } from '../store';

/** An event as journeys see it, just stored. */
export interface StoredEvent {
	id: number;
	profile: number;
	/** Rises with each event of the profile; what was deleted leaves gaps. */
	eventNo: number;
	name: string;
	/** UTC milliseconds; never after the receipt. */
	occurredAtMs: number;
	/** Imported, or older than 24 h on arrival: starts no journey. */
	historical: boolean;
	enrollment: number | null;
	message: string | null;
}

/**
 * What journeys do about what happened, in the same transaction (PROTOCOL rule 19). The profiles are locked already.
 * `entered` counts the enrollments made.
 */
export interface Reactions {
	eventsStored(tx: Tx, events: StoredEvent[]): Promise<{ entered: number }>;
	/** Everybody of both, before either is told: who locks something for them does so here, in one order. */
	segmentsMoving?(tx: Tx, profiles: number[]): Promise<void>;
	segmentsEntered(tx: Tx, entries: Array<{ segment: number; profile: number; historical: boolean }>): Promise<{ entered: number }>;
	/** The same for those who have just left; lists are segments too. */
	segmentsLeft(tx: Tx, entries: Array<{ segment: number; profile: number; historical: boolean }>): Promise<{ entered: number }>;
}
