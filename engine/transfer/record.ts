import type { ImportedReason } from '../consent';
import type { ConsentState } from '../consent/types';
import type { Identity } from '../events/types';
import type { JsonObject } from '../kernel';
import type { ImportedPreference } from './batch-preferences';
import type { RecordProof } from './proof';

/** One row of a file in the engine's words: whom it is about, and what it says about them. */
export interface ImportRecord {
	/** Where the row begins. */
	line: number;
	identities: Identity[];
	attributes: JsonObject;
	events: RecordEvent[];
	consents: Array<{ channel: string; topic: string; state: ConsentState; proof?: RecordProof }>;
	suppressions: RecordSuppression[];
	/** The person is a test person; only the engine's own exports say so. */
	test: boolean;
	/** The person asked not to be sold or shared. An import never lets anybody in again. */
	doNotSell: boolean;
	/** How often they want to be written to; only the engine's own exports say so. */
	preference?: ImportedPreference;
}

export interface RecordEvent {
	name: string;
	/** Unique per source; null: made from what the event says, so that the same file twice stores it once. */
	messageId: string | null;
	timestamp: string | number | undefined;
	properties: JsonObject;
	/** Where it came from in the first place; only the engine's own exports say so. */
	source?: string;
}

export interface RecordSuppression {
	channel: string;
	/** Absent: that of the row's person on this channel. */
	address?: string;
	reason: ImportedReason;
}

export function emptyRecord(line: number): ImportRecord {
	return { line, identities: [], attributes: {}, events: [], consents: [], suppressions: [], test: false, doNotSell: false };
}

/** A row that is not taken: refused with a reason, or left out without one. */
export type NotTaken = { refused: string } | 'skipped';
