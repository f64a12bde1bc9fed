import type { ConsentState } from '../consent/types';
import type { JsonObject } from '../kernel';

export type TransferFormat = 'csv' | 'ndjson';

/** How a column of a file (or a key of an NDJSON line) is used. */
export type ColumnUse =
	/** Finds the person; the kind: email, phone, user_id, anonymous_id or one of your own. */
	| { identity: string }
	| { attribute: string }
	/** Events only: a property of the event. */
	| { property: string }
	/** A state of consent: subscribed, unsubscribed, pending, or yes and no. */
	| { consent: string; topic?: string }
	/** What proves the consent of a column `consent`: when, where, to which wording and from which IP address it was given. What cannot be one is left out. */
	| { proof: 'at' | 'source' | 'textVersion' | 'ip'; channel: string; topic?: string }
	/** Any text but no, false and 0 keeps the address from ever being written to; 'hard-bounce' and 'complaint' are kept as reasons. */
	| { suppression: string }
	/** Events only. */
	| { event: 'name' | 'timestamp' | 'messageId' | 'source' }
	| 'skip';

export type ImportPreset =
	| 'shopify-customers' | 'shopify-orders' | 'woocommerce-customers' | 'woocommerce-orders'
	| 'mailchimp' | 'klaviyo' | 'klaviyo-suppressions' | 'mautic';

export type ImportMode =
	/** Only people who are not known yet; rows of known ones are skipped. */
	| 'create'
	/** Only people who are known; rows of others are skipped. */
	| 'update'
	| 'upsert';

export interface ImportOptions {
	/** Where the data comes from; kept with what it changes. Message ids are unique per source. */
	source: string;
	/** Who imports it, for the audit log. Default: the source. */
	who?: string;
	/** What a row is. Default 'profiles', or what the preset is about. */
	about?: 'profiles' | 'events';
	/** Default: found out by the first character that counts ('{' is NDJSON). */
	format?: TransferFormat;
	/** Whose export it is: the columns are then known. */
	preset?: ImportPreset;
	/** Default 'upsert'. */
	mode?: ImportMode;
	/** Nothing is stored; the report is the one that the import would give. Default false. */
	dryRun?: boolean;
	/** Header name -> use; wins over the preset and the defaults. Unnamed columns follow the defaults by header. */
	columns?: Record<string, ColumnUse>;
	/** Events only: the event's name for rows that give none. */
	event?: string;
	/** Consent for e-mail of the rows that say nothing about it. Default: nothing is stored for them. */
	consent?: ConsentState;
	/** Marks the people made here as test people. Default false. */
	test?: boolean;
	/** Let the import start journeys. Default false. */
	startJourneys?: boolean;
	/** CSV. Default: found out by the first line (comma, semicolon, tab, bar). */
	delimiter?: string;
	/** Size of the whole file, where it is known: the progress then says how much of it is done. */
	totalBytes?: number;
	/** A label of the Encoding Standard ('windows-1252', 'shift_jis', …). Default: by the byte order mark, else UTF-8. */
	encoding?: string;
}

/** Rows are lines of the file that say something; an order of several lines is one row. */
export interface ImportCounts {
	rows: number;
	/** People made. */
	created: number;
	/** People found, whether or not something about them changed. */
	updated: number;
	/** Left out by the mode, or because the preset takes no such rows (a failed order). */
	skipped: number;
	/** Events stored. */
	events: number;
	/** Events that were stored before (same message id from the same source). */
	duplicates: number;
	/** States of consent stored. */
	consents: number;
	/** 'subscribed' in the file for somebody who has opted out here or not confirmed yet: the stricter state stays. */
	consentsKept: number;
	/** Addresses put on the suppression list. */
	suppressed: number;
	rejectedCount: number;
}

export interface ImportReport extends ImportCounts {
	importId: string;
	dryRun: boolean;
	/** Rejected rows: line in the file (the first is 1) and the reason. At most 1,000 here; all of them by importRejected. */
	rejected: Array<{ line: number; reason: string }>;
}

export type ImportState = 'running' | 'done' | 'failed' | 'undoing' | 'undone';

export interface ImportProgress extends ImportCounts {
	importId: string;
	about: 'profiles' | 'events';
	source: string;
	dryRun: boolean;
	state: ImportState;
	/** Line of the file up to which all is stored. */
	line: number;
	/** How much of the file that is, 0 to 100; below 100 until it has ended. null: its size is not known. */
	percent: number | null;
	startedAt: string;
	/** When it last gave a sign: a batch stored, or within five minutes a chunk that came. Running and still for an hour: it has failed. */
	touchedAt: string;
}

export interface UndoReport {
	importId: string;
	/** People the import made, gone again. */
	removed: number;
	/** People the import made who stay, since something else has happened to them. */
	kept: number;
	/** People whose attributes or identities went back. */
	reverted: number;
	/** Attributes that somebody has changed or said again since; they stay as they are. */
	attributesKept: number;
	/** Identities that the import added and somebody has said again since; they stay. */
	identitiesKept: number;
	eventsRemoved: number;
	/** Events that another import brought too, or that have been sent again since; they stay. Those of two imports go with the last of them. */
	eventsKept: number;
	consentsReverted: number;
	/** States of consent that have changed or been said again since; they stay. */
	consentsKept: number;
	/** People who want to be written to as often as they did before, or have no wish any more. */
	preferencesReverted: number;
	/** Wishes for fewer messages that have changed or been said again since; they stay. */
	preferencesKept: number;
	suppressionsRemoved: number;
	/** Addresses that somebody else, or another import, wants suppressed, too; they stay on the list. */
	suppressionsKept: number;
	/** People whom the import joined to another and who are two again. */
	unmerged: number;
	/** Merges of the import that stay: somebody has said the same since, or has merged more. Unmerge takes them back. */
	mergesKept: number;
	/** People whom the import alone kept from being sold or shared. */
	doNotSellReverted: number;
	/** People whom the import kept from being sold, and who stay so: somebody else, or another import, has said so too. */
	doNotSellKept: number;
	/** People who became one with another profile since, or were erased: nothing of theirs is undone. */
	lost: number;
}

export interface ExportOptions {
	about: 'profiles' | 'events';
	format: TransferFormat;
	/** profiles: only members of this segment. Throws CONFLICT while it is being built. */
	segment?: string;
	/** profiles: only members of this list. */
	list?: string;
	/** Leaves out people who asked not to be sold or shared, and their events: for whatever goes to third parties. Default false. */
	sharableOnly?: boolean;
	/** events: only these names. */
	names?: string[];
	/** events: by when they happened, ISO 8601; `since` is included, `until` is not. */
	since?: string;
	until?: string;
	/** Who asked, for the audit log. */
	source: string;
}

export interface ExportChunk {
	/** UTF-8. May be empty while there is more to look through. */
	bytes: Uint8Array;
	/** Rows so far. */
	rows: number;
	done: boolean;
}

export interface TransferApi {
	/** An import as a stream: start, any number of chunks (bytes of the file, in order), end. Memory does not grow with the file. */
	importStart(options: ImportOptions): Promise<{ importId: string }>;
	importChunk(importId: string, bytes: Uint8Array): Promise<{ rows: number }>;
	importEnd(importId: string): Promise<ImportReport>;
	/**
	 * Ends an import whose file could not be read to its end: it has failed, what it stored stays, and it can be undone at once. Does nothing
	 * where it is not under way in this process.
	 */
	importAbort(importId: string): Promise<void>;
	/** How far an import is, also one of another process. */
	importProgress(importId: string): Promise<ImportProgress>;
	/** Newest first. Kept for 30 days, and as long can be undone. */
	imports(page?: { limit?: number }): Promise<ImportProgress[]>;
	/** All rejected rows as a file, piece by piece: `after` is the `next` of the piece before. */
	importRejected(importId: string, format: TransferFormat, after?: string): Promise<{ bytes: Uint8Array; next: string | null }>;
	/** Takes an import back; whatever has changed since stays. Repeating it goes on where it stopped. */
	importUndo(importId: string, by: { source: string }): Promise<UndoReport>;
	/** An export as a stream: start, chunks until `done`, end. People and events added meanwhile are left out. */
	exportStart(options: ExportOptions): Promise<{ exportId: string }>;
	exportChunk(exportId: string): Promise<ExportChunk>;
	exportEnd(exportId: string): Promise<{ rows: number }>;
}

/** Keys of an NDJSON line or headers of a CSV file with their values, as read. */
export interface SourceRow {
	/** In the file; the first is 1. */
	line: number;
	values: JsonObject;
	/** Characters, where a row may be long: how many are stored together depends on it. */
	size?: number;
}
