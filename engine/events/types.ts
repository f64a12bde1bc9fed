import type { JsonObject } from '../kernel';

/**
 * One message in the shape of Segment's tracking spec (https://segment.com/docs/connections/spec/).
 * At least one of userId, anonymousId, identities or profileId says whose it is.
 */
export interface TrackingMessage {
	type: 'identify' | 'track';
	/** Deduplication key, unique per source. Made by the engine when absent (then nothing is deduplicated). */
	messageId?: string;
	userId?: string;
	anonymousId?: string;
	/** Further identities: kind (email, phone, device, or any external kind) and value. */
	identities?: Identity[];
	/** The engine's own profile id; wins over every identity. */
	profileId?: number;
	/** track: the event's name. */
	event?: string;
	/** track: the event's properties. */
	properties?: JsonObject;
	/** identify: attributes to set; null unsets. `email` and `phone` also become identities. */
	traits?: JsonObject;
	/** When it happened, ISO 8601 or milliseconds; now when absent. */
	timestamp?: string | number;
	/** Ties an engagement event to the message and enrollment that caused it (set by tracking, never by callers outside). */
	message?: string;
	enrollment?: number;
}

export interface Identity {
	kind: string;
	value: string;
}

export interface IngestOptions {
	/** Where it came from: a write key's name, 'import', 'node'. */
	source: string;
	/** Imports and back-fills start no journey: events are stored, entries are not made. Default false. */
	historical?: boolean;
	/** Recorded by hand in the editor: stored and counted, but moves nobody. No journey starts, no wait ends, nobody exits. Default false. */
	inert?: boolean;
	/** Marks the profiles this call creates as test people. Default false. */
	test?: boolean;
}

export interface IngestReport {
	accepted: number;
	/** Seen before by message id; nothing was done. */
	duplicates: number;
	/** Index into the given batch, and why; the others were taken. */
	rejected: Array<{ index: number; reason: string }>;
	/** Profile of each accepted or duplicate message, by index; null where rejected. */
	profiles: Array<number | null>;
	/** People who entered a journey because of this batch. */
	entered: number;
}

/** A condition on one property: `path` may be dotted. Values compare as numbers when both sides are numbers, as text otherwise. */
export interface PropertyFilter {
	path: string;
	operator: FilterOperator;
	/** Absent for exists / notExists. A list for in / notIn. */
	value?: string | number | boolean | Array<string | number>;
}

export type FilterOperator =
	| 'equals' | 'notEquals' | 'contains' | 'notContains' | 'startsWith' | 'endsWith'
	| 'greater' | 'greaterOrEqual' | 'less' | 'lessOrEqual'
	| 'in' | 'notIn' | 'exists' | 'notExists' | 'isTrue' | 'isFalse';

/** An event by name and filters, all of which must hold. */
export interface EventMatch {
	event: string;
	filters?: PropertyFilter[];
}

/** What has been seen, for dropdowns. */
export interface CatalogEntry {
	name: string;
	/** Types seen: text, number, boolean, list, object. */
	types: string[];
}

export interface EventsApi {
	ingest(batch: TrackingMessage[], options: IngestOptions): Promise<IngestReport>;
	/** Event names seen, with the engine's own engagement events. */
	names(): Promise<string[]>;
	properties(event: string): Promise<CatalogEntry[]>;
}

/** Engagement events that the engine itself writes (Segment's email spec). */
export const ENGAGEMENT_EVENTS = ['Email Opened', 'Email Link Clicked', 'Unsubscribed'] as const;
