import type { JsonObject, JsonValue } from '../kernel';
import type { ProfileReference } from '../profiles/types';

export interface AuditQuery {
	/** 'consent.set', 'person.erase', 'profiles.merge', … All when absent. */
	action?: string;
	profile?: number;
	/** ISO 8601; `since` is included, `until` is not. */
	since?: string;
	until?: string;
	/** Entries older than this id: the next page. */
	before?: number;
	/** 1 to 1,000; default 100. */
	limit?: number;
}

export interface AuditView {
	id: number;
	at: string;
	action: string;
	who: string;
	/** Whom it was about; null for several people, or when the person was erased. */
	profile: number | null;
	detail: JsonObject;
}

export interface AuditPage {
	/** Newest first. */
	entries: AuditView[];
	/** Pass as `before` for the next page; null: this was the last. */
	before: number | null;
}

/** Everything held on one person. */
export interface PersonExport {
	profile: number;
	exportedAt: string;
	/** A section a domain: profile (attributes, identities, groups, merges), events, consent, messages, journeys, … */
	sections: Record<string, JsonValue>;
}

/** Executions of a workflow that ran while the person was in it may hold items of theirs, which the engine cannot reach. */
export interface ExecutionsLeft {
	workflow: string;
	/** ISO 8601. Of executions started or finished in between. */
	from: string;
	until: string;
}

/** The execution that ran this import held its file, with a row of the person. Known for 30 days. */
export interface FileLeft {
	import: string;
	source: string;
	/** ISO 8601: when it began. */
	at: string;
}

export interface ErasureReport {
	/** false: nobody was found (any more); nothing was done. */
	erased: boolean;
	/** The id that is nobody's now. */
	profile: number | null;
	/** Addresses that stay suppressed, as salted hashes. */
	addressesKept: number;
	/**
	 * Where n8n may still hold items of the person, as far as the engine knows: workflows whose journeys they were in or that sent them a
	 * message. Empty does not mean nowhere: workflows that only wrote or read people and events are not known. Delete these executions there.
	 */
	executions: ExecutionsLeft[];
	/** Imports that named the person: executions of n8n hold their files. */
	imports: FileLeft[];
}

export interface PrivacyApi {
	/** The log of consent, merges, erasure, imports, exports and changes of settings. Throws BAD_INPUT for a time that is none. */
	audit(query: AuditQuery): Promise<AuditPage>;
	/** null: no such person. The export itself is noted in the log. */
	exportPerson(by: ProfileReference, options: { source: string }): Promise<PersonExport | null>;
	/**
	 * Forgets a person everywhere at once, running journeys too: at most the one message that is being handed to a provider still leaves.
	 * Only salted hashes of their addresses stay, so that a later import does not write to them again. Repeating it does nothing.
	 */
	erasePerson(by: ProfileReference, options: { source: string }): Promise<ErasureReport>;
}
