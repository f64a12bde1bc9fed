import type { JsonValue } from '../kernel';
import type { Reader, Tx } from '../store';

/** Two profiles that turned out to be one person. */
export interface Merge {
	/** The profile that stays. */
	into: number;
	/** The profile that goes; its id keeps resolving to `into`. */
	from: number;
	/** The events of `from` get their old number plus this, so they follow those of `into`: its last number until then (lastEventNoSql). */
	eventNoOffset: number;
	/** The last number of `from` until then: its numbers become those of (eventNoOffset, eventNoOffset + lastEventNo]. */
	lastEventNo: number;
}

/**
 * A domain that keeps something of people under their profile id. Profiles know no other domain: the composition root gives
 * them all keepers, and a table with a profile's id that no keeper answers for is found by a test of the schema.
 *
 * Every method works within the caller's transaction, with the profiles locked in id order, and never starts a journey.
 */
export interface PersonKeeper {
	/** Key in the person's export: 'events', 'consent', … */
	readonly name: string;
	/** Tables it answers for. */
	readonly tables: readonly string[];
	/** Moves what it keeps of `from` to `into`; answers with what unmerge needs to take it back (stored as JSON). */
	merge(tx: Tx, merge: Merge): Promise<JsonValue>;
	/**
	 * The merges of a batch at once, in order, with a constant number of statements; `into` of one is never `from` of another, and
	 * several may have the same `into`. One answer a merge. Without it, merge is called for each.
	 */
	mergeAll?(tx: Tx, merges: readonly Merge[]): Promise<JsonValue[]>;
	/** Takes the last merge back. What was added since the merge stays with `into`. */
	unmerge(tx: Tx, merge: Merge, undo: JsonValue): Promise<void>;
	/** Everything it holds on one person, as readable JSON (times ISO 8601, money decimal), for the person's own export. */
	export(reader: Reader, profile: number): Promise<JsonValue>;
	/**
	 * Forgets these people; nothing that names or describes them stays in its tables. A constant number of statements for any number
	 * of people, none of which reads a whole table: one person is a batch of one.
	 */
	eraseAll(tx: Tx, profiles: readonly number[]): Promise<void>;
}
