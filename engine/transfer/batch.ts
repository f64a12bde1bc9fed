import type { Consent } from '../consent';
import type { Events } from '../events';
import type { IdentityOptions, Profiles } from '../profiles';
import type { SegmentTracker } from '../segments';
import type { Tx } from '../store';
import type { ImportRecord } from './record';
import type { Seen } from './seen';
import type { ImportCounts, ImportMode } from './types';

/** The domains that an import goes through: it stores nothing of people by itself. */
export interface BatchParts {
	profiles: Pick<Profiles, 'upsertIn'>;
	events: Pick<Events, 'ingestIn'>;
	consent: Pick<Consent, 'setIn' | 'addProofIn' | 'markDoNotSellIn'>;
	segments: Pick<SegmentTracker, 'refresh'>;
	/** As those domains read identities. */
	identityOptions: (tx: Tx) => Promise<IdentityOptions>;
}

/** One batch under way, within its transaction. */
export interface Batch {
	tx: Tx;
	parts: BatchParts;
	importId: string;
	source: string;
	mode: ImportMode;
	test: boolean;
	historical: boolean;
	/** Set in a dry run, of which nothing stays. */
	seen: Seen | null;
	counts: ImportCounts;
	reject(line: number, reason: string): void;
}

/** A row whose person is stored. */
export interface Placed {
	record: ImportRecord;
	profile: number;
	/** Normalised. */
	identities: ReadonlyArray<{ kind: string; value: string }>;
	/** How a dry run knows this person again in later batches. */
	keys: readonly string[];
}

export function noCounts(): ImportCounts {
	return { rows: 0, created: 0, updated: 0, skipped: 0, events: 0, duplicates: 0, consents: 0, consentsKept: 0, suppressed: 0, rejectedCount: 0 };
}
