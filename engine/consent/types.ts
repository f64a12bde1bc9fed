import type { Identity } from '../events/types';
import type { JsonObject } from '../kernel';
import type { Tx } from '../store';

/**
 * pending: asked for by double opt-in and not confirmed yet. none: nothing is known, as before anybody chose; setting it forgets
 * the current state (an opt-out too), never the history.
 */
export type ConsentState = 'subscribed' | 'unsubscribed' | 'pending' | 'none';

/** What proves a consent that was given before it came here: by an import from another system, or from another database of ours. */
export interface ConsentProof {
	/** When the person gave it (or took it back). Null or absent: now. */
	givenAtMs?: number | null;
	/** Where it was given in that system; `source` says how it came here. */
	givenSource?: string | null;
	/** Which version of the wording the person agreed to. */
	textVersion?: string | null;
	/** Stored only when the setting `storeIps` allows it. */
	ip?: string | null;
}

export interface ConsentChange extends ConsentProof {
	profile: number;
	/** email, sms, whatsapp, push, webpush, onsite, directmail, ads, chat. */
	channel: string;
	/** '' is the whole channel. */
	topic: string;
	state: ConsentState;
	/** Where it was given: 'one-click', 'page', 'preferences', 'double-opt-in', 'node', 'import'. */
	source: string;
	/** What else the person saw: the page, its language, the message that led there. */
	seen?: JsonObject;
}

/** A state of a channel ('') or topic that became another one. */
export interface ConsentStep {
	profile: number;
	channel: string;
	topic: string;
	from: ConsentState;
	to: ConsentState;
}

/** Whose: the engine's own id, or an identity. */
export type Whose = { profileId: number } | Identity;

export interface ConsentGiven extends Omit<ConsentChange, 'profile'> {
	whose: Whose;
}

/** By index of the given list; null where rejected. */
export interface ConsentReport {
	profiles: Array<number | null>;
	rejected: Array<{ index: number; reason: string }>;
}

export interface ConsentView {
	profile: number;
	/** By channel, then topic; what is not here is none. givenAt, givenSource: when and where it was given before an import brought it here (at, by way of source). */
	consents: Array<{ channel: string; topic: string; state: ConsentState; source: string; at: string; givenAt: string | null; givenSource: string | null; textVersion: string | null; ip: string | null }>;
	doNotSell: boolean;
	doNotSellSince: string | null;
	/** null: as many as are sent. */
	maxPerWeek: number | null;
	/** ISO 8601; null: not paused now. */
	pausedUntil: string | null;
	language: string | null;
}

/** One line of the history: never changed, never removed, except with the person. */
export interface ConsentEntry {
	id: number;
	at: string;
	/** 'do-not-sell': state is 'on' or 'off'. 'preference': topic is maxPerWeek, pausedUntil or language. */
	kind: 'consent' | 'do-not-sell' | 'preference';
	channel: string;
	topic: string;
	state: string;
	previous: string | null;
	source: string;
	/** As in ConsentView: of what was given elsewhere. */
	givenAt: string | null;
	givenSource: string | null;
	textVersion: string | null;
	ip: string | null;
	seen: JsonObject | null;
}

export interface OptInAsked {
	whose: Whose;
	channel: string;
	topic: string;
	/** Which version of the wording the person was shown when they signed up. Kept with the consent. */
	textVersion: string;
	source: string;
	ip?: string | null;
	seen?: JsonObject;
}

export interface OptInReport {
	/** By index. confirmUrl: null when they had said yes before (state 'subscribed': nothing changed), or where rejected. */
	requests: Array<{ profile: number; state: 'pending' | 'subscribed'; confirmUrl: string | null; expiresAt: string | null } | null>;
	rejected: Array<{ index: number; reason: string }>;
}

export interface ConsentApi {
	/** Takes effect at once, on parked people too: the guard reads it at the attempt. Throws NOT_FOUND when a profile does not exist; then nothing is stored. */
	set(changes: ConsentChange[]): Promise<void>;
	/** As `set`, by identity, each for itself: what cannot be stored and who cannot be found is rejected with the reason, the others are stored. At most 20,000. */
	setFor(batch: ConsentGiven[], options?: { historical?: boolean }): Promise<ConsentReport>;
	/** null: no such person. Throws BAD_INPUT for an identity that cannot be one. */
	get(whose: Whose): Promise<ConsentView | null>;
	/** Newest first; `before`: entries older than this id. Default limit 100, at most 1,000. null: no such person. */
	history(whose: Whose, page?: { before?: number; limit?: number }): Promise<ConsentEntry[] | null>;
	/** Where the newest 20,000 choices of all people were made, by name; for dropdowns. */
	sources(): Promise<string[]>;
	/**
	 * Double opt-in: makes a signed link to a page whose button confirms. Who had said nothing becomes pending, which blocks marketing; a "no" stays
	 * one, and so does a yes to the channel or to a topic of it. Default: the link lasts 7 days. Each for itself, as `setFor`.
	 * Throws BAD_INPUT while no public address of a collector is known.
	 */
	request(batch: OptInAsked[], options?: { expiresInHours?: number }): Promise<OptInReport>;
	/** Keeps people out of whatever is shared with third parties, or lets them in again. Each for itself, as `setFor`; `active` is true or false and nothing that only stands for it. */
	setDoNotSell(batch: Array<{ whose: Whose; active: boolean; source: string }>): Promise<ConsentReport>;
}

export type SuppressionReason = 'hard-bounce' | 'complaint' | 'manual' | 'erased';

export interface SuppressionEntry {
	channel: string;
	/** Email address, phone number, device token: what the channel sends to. */
	address: string;
}

export interface SuppressionAdded extends SuppressionEntry {
	/** Default manual. 'erased' comes only from erasing a person. */
	reason?: Exclude<SuppressionReason, 'erased'>;
	/** Who or what says so: 'import', 'node', a provider. */
	source?: string;
}

/** No address of the channel. An object, so that who looks only for null takes it for suppressed, not for free. */
export interface SuppressionRefused {
	refused: string;
}

export interface SuppressionView extends SuppressionEntry {
	reason: SuppressionReason;
	source: string;
	at: string;
}

export interface SuppressionReport {
	added: number;
	/** Suppressed before; their reason stays, except that a complaint or a hard bounce replaces 'manual'. */
	known: number;
	rejected: Array<{ index: number; reason: string }>;
}

export interface SuppressionImportReport {
	rows: number;
	added: number;
	known: number;
	rejectedCount: number;
	/** Line in the file (header is line 1) and reason, without the value; at most 1,000 are listed. */
	rejected: Array<{ line: number; reason: string }>;
}

export interface SuppressionApi {
	/** Each for itself: what is no channel, address or reason is rejected, the others are stored. At most 20,000 a call. */
	add(entries: SuppressionAdded[]): Promise<SuppressionReport>;
	/** Lifts them, also what erasing a person left behind; the audit log keeps how many of which reason. `source`: who says so, default 'api'. Answers with how many there were. */
	remove(entries: SuppressionEntry[], options?: { source?: string }): Promise<{ removed: number; rejected: Array<{ index: number; reason: string }> }>;
	/** By index: why it is suppressed; null: it is not; or why nothing can be said, since it is no address of the channel. At most 20,000 a call. */
	check(entries: SuppressionEntry[]): Promise<Array<SuppressionReason | SuppressionRefused | null>>;
	/** By channel and address; those of erased people cannot be listed. `after`: the last row of the page before. Default limit 100, at most 1,000. */
	list(query?: { channel?: string; reason?: string; after?: SuppressionEntry; limit?: number }): Promise<SuppressionView[]>;
	/**
	 * A CSV file as a stream: start, any number of chunks, end. The first line names the columns: `address` (or email, phone), and if
	 * wanted `channel` and `reason`. channel, reason: for rows without one.
	 */
	importStart(options: { channel?: string; reason?: Exclude<SuppressionReason, 'erased'>; source: string; delimiter?: string }): Promise<{ importId: string }>;
	importChunk(importId: string, bytes: Uint8Array): Promise<{ rows: number }>;
	importEnd(importId: string): Promise<SuppressionImportReport>;
}

/** What journeys do about what people say, in the same transaction. The profiles are locked already. */
export interface ConsentReactions {
	/** In the order in which it was said; of several about the same channel and topic the last one stands. */
	consentsChanged(tx: Tx, steps: readonly ConsentStep[]): Promise<void>;
}
