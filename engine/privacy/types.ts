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

/** An execution of n8n, as the call names it that it makes. */
export interface CallingExecution {
	workflow: string;
	/** n8n's id of the execution. */
	execution: string;
	/** Whether n8n keeps it when it succeeds. One that fails is kept or not as the workflow's settings say. */
	kept: boolean;
}

/** What n8n may still hold of a person in the executions of one workflow, which the engine cannot reach. */
export interface ExecutionsLeft {
	workflow: string;
	/** ISO 8601: when the first and the last of them called the engine, or when the person was in a journey of the workflow. */
	from: string;
	until: string;
	/** Ids of executions that read or wrote the person, the newest first; at most 1,000. */
	ids: string[];
	/** Ids of executions that may have: they read or wrote more than 100 people, or carried a journey while the person was in it. The newest first; at most 1,000 of each kind. */
	mayHold: string[];
	/** How many more there are between `from` and `until`. */
	more: number;
	/** true: n8n is set to forget the successful executions of this workflow; those that failed in this time may hold the person, and have no ids here. */
	onlyFailed: boolean;
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
	 * Where n8n may still hold items of the person, a workflow each. What the person was in or was sent is known for as long as the ledger, what only read or wrote
	 * them for the setting `executionDays`. Delete these executions there.
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
	erasePerson(by: ProfileReference, options: { source: string; execution?: CallingExecution }): Promise<ErasureReport>;
	/**
	 * Notes that these executions hold items of these people (null: of people whom nobody can name), so that an erasure can say so. Ids of merged people count for
	 * whom they are now; of nobody nothing is noted. Kept for the setting `executionDays`.
	 */
	noteExecutions(executions: CallingExecution[], people: number[] | null): Promise<void>;
}
