import type { Identity, CatalogEntry } from '../events/types';
import type { JsonObject } from '../kernel';

export interface ProfileView {
	id: number;
	attributes: JsonObject;
	identities: Identity[];
	test: boolean;
	createdAt: string;
	updatedAt: string;
	segments: string[];
	/** Channel and topic ('' for all) with the state last given. */
	consents: Array<{ channel: string; topic: string; state: string; at: string }>;
	/** Newest first, at most 50. */
	events: Array<{ name: string; at: string; properties: JsonObject }>;
	messages: Array<{ id: string; channel: string; state: string; reason: string | null; at: string }>;
	enrollments: Array<{ id: number; workflow: string; state: string; enteredAt: string; endReason: string | null }>;
}

export interface ProfileInput {
	profileId?: number;
	identities?: Identity[];
	/** null unsets. */
	attributes?: JsonObject;
}

export interface UpsertOptions {
	source: string;
	test?: boolean;
	/** Imports start no journey unless asked. Default false: live. */
	historical?: boolean;
}

export interface UpsertReport {
	created: number;
	updated: number;
	profiles: Array<number | null>;
	rejected: Array<{ index: number; reason: string }>;
}

/** How a CSV column is used. Default by header: id columns become identities, the rest attributes. */
export type ColumnUse = { identity: string } | { attribute: string } | 'skip';

export interface ImportOptions {
	source: string;
	/** Header name -> use. Unnamed columns follow the defaults. */
	columns?: Record<string, ColumnUse>;
	test?: boolean;
	/** Let the import start journeys. Default false. */
	startJourneys?: boolean;
	/** Default ','; '\t' and ';' are found out by themselves. */
	delimiter?: string;
}

export interface ImportReport {
	rows: number;
	created: number;
	updated: number;
	/** Rejected rows: line in the file (header is line 1) and the reason. At most 1,000 are listed. */
	rejected: Array<{ line: number; reason: string }>;
	rejectedCount: number;
}

export interface ProfilesApi {
	upsert(batch: ProfileInput[], options: UpsertOptions): Promise<UpsertReport>;
	get(by: Identity | { profileId: number }): Promise<ProfileView | null>;
	count(): Promise<number>;
	/** Attribute names seen, for dropdowns. */
	attributes(): Promise<CatalogEntry[]>;
	/** A CSV import as a stream: start, any number of chunks (bytes of the file, in order), end. Memory does not grow with the file. */
	importStart(options: ImportOptions): Promise<{ importId: string }>;
	importChunk(importId: string, bytes: Uint8Array): Promise<{ rows: number }>;
	importEnd(importId: string): Promise<ImportReport>;
}
