import type { JsonObject } from '../kernel';
import { MESSAGE_EVENTS } from './message-events';

/**
 * One message in the shape of Segment's tracking spec (https://segment.com/docs/connections/spec/).
 * At least one of userId, anonymousId, identities or profileId says whose it is.
 */
export interface TrackingMessage {
	/**
	 * identify: attributes of a person. track: an event. page, screen: the events `Page Viewed` and `Screen Viewed`, with `name` and
	 * `category` among the properties. group: the person belongs to the account `groupId`, whose attributes are `traits`.
	 * alias: `previousId` and `userId` are one person.
	 */
	type: 'identify' | 'track' | 'page' | 'screen' | 'group' | 'alias';
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
	/** track, page, screen: the event's properties. */
	properties?: JsonObject;
	/** identify: attributes to set; null unsets. `email` and `phone` also become identities. group: attributes of the account. */
	traits?: JsonObject;
	/** identify: what the person's device tells (IANA zone, BCP 47 language). Set as attributes where the person has none yet. */
	device?: { timezone?: string; locale?: string; /** Of any call: the push token of the app that sent it. It is this person's from now on, whoever had it before. */ token?: string; /** The user id that was proved with the token; null: a public write key alone says whose it is; absent: believed. */ provenFor?: string | null };
	/** page, screen: what was looked at ("Pricing"), and of which kind. Stored as properties `name` and `category`. */
	name?: string;
	category?: string;
	/** group: the account's own id. */
	groupId?: string;
	/** alias: the id the person had before, a user id or an anonymous id. */
	previousId?: string;
	/** When it happened, ISO 8601 or milliseconds; now when absent. */
	timestamp?: string | number;
	/**
	 * The person's browser asks that what is known of them be neither sold nor shared (Global Privacy Control): they are marked as
	 * do-not-sell in the transaction that stores the message, before any journey hears of it; also when the message is a repeat.
	 */
	gpc?: boolean;
	/** Ties an engagement event to the message and enrollment that caused it. Taken only of the engine's own domains (IngestOptions.own). */
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
	/**
	 * The engine's own domains write down what they saw themselves: only they may use the names of ENGAGEMENT_EVENTS, and tie an event to a
	 * message or an enrollment. Never set for what came from outside, be it a site, a workflow or a file. Default false.
	 */
	own?: boolean;
}

export interface IngestReport {
	accepted: number;
	/** Seen before by message id; nothing was done. */
	duplicates: number;
	/** Index into the given batch, and why; the others were taken. */
	rejected: Array<{ index: number; reason: string }>;
	/** Profile of each accepted or duplicate message, by index; null where rejected. */
	profiles: Array<number | null>;
	/** Indexes of the duplicates. */
	repeated?: number[];
	/** What was left out of messages that were taken: identities over a limit or of another person, attributes of another type or that there is no room for. Absent: none. */
	left?: Array<{ index: number; kind: string; reason: string }>;
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
	/** Properties of events only: how often with each type; absent until first counted, and the last second may be missing. */
	counts?: Record<string, number>;
	/** Properties of events only, ISO 8601. */
	lastSeenAt?: string;
}

/** An event that has been seen. Counts are of arrivals since the catalogue is kept; retention and erasure do not lower them. */
export interface EventCatalogEntry {
	name: string;
	count: number;
	/** ISO 8601. */
	firstSeenAt: string;
	lastSeenAt: string;
}

export interface CatalogOptions {
	/** Only names that contain this, whatever their case. */
	search?: string;
	/** The `next` of the page before. */
	after?: string;
	/** Default 100, at most 1,000. */
	limit?: number;
}

export interface EventsQuery {
	/** Of one person: by the engine's id, or by an identity. Neither: of everybody. */
	profileId?: number;
	identity?: Identity;
	name?: string;
	/** All must hold. */
	filters?: PropertyFilter[];
	/** Happened at this time or later, before this time: ISO 8601 or milliseconds. */
	from?: string | number;
	to?: string | number;
	/** The `next` of the page before. */
	after?: string;
	/** Default 50, at most 1,000. */
	limit?: number;
}

export interface EventView {
	id: number;
	profileId: number;
	name: string;
	properties: JsonObject;
	/** ISO 8601. */
	occurredAt: string;
	receivedAt: string;
	source: string;
	/** As its sender gave it; null when it gave none. */
	messageId: string | null;
	/** Imported, or older than a day on arrival: started no journey. */
	historical: boolean;
}

export interface EventsApi {
	/** Throws BAD_INPUT and the store's errors; a bad message is refused by itself, in the report. */
	ingest(batch: TrackingMessage[], options: IngestOptions): Promise<IngestReport>;
	/** Event names seen, with the engine's own engagement events. */
	names(): Promise<string[]>;
	properties(event: string): Promise<CatalogEntry[]>;
	/** Where the newest 20,000 events came from, by name, the engine's own left out; for dropdowns. */
	sources(): Promise<string[]>;
	/** Events seen, by name. `next`: give it as `after` for the next page; null after the last one. */
	catalog(options?: CatalogOptions): Promise<{ events: EventCatalogEntry[]; next: string | null }>;
	/**
	 * Stored events, newest first: of one person by the time they happened, of everybody by arrival. A page may hold fewer than
	 * `limit` (none, even) and still have a `next`: a call looks at a bounded number of rows. Throws BAD_INPUT, RULE_INVALID.
	 */
	list(query: EventsQuery): Promise<{ events: EventView[]; next: string | null }>;
}

/**
 * Events that the engine itself writes of messages and of what people do with them (message-events.ts). Waits, exits and journeys rely on them, so nobody else may: a write
 * key stands in every web page, and whoever has it must not end other people's waits for a click.
 */
export const ENGAGEMENT_EVENTS: readonly string[] = ['Unsubscribed', 'Resubscribed', 'Subscription Confirmed', 'Preference Link Requested', 'Double Opt-In Requested', 'Chat Started', 'On-Site Dismissed', 'Survey Answered', ...MESSAGE_EVENTS];

/**
 * Sources of the engine's own events. Message ids are unique within a source: a write key of that name could use an id up before the engine does,
 * and the engine's event would be taken for a repeat.
 */
export const ENGINE_SOURCES = ['tracking', 'preferences', 'double-opt-in', 'delivery-report', 'on-site'] as const;
