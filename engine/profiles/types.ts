import type { Identity, CatalogEntry } from '../events/types';
import type { JsonObject } from '../kernel';
import type { AttributeOperation } from './attribute-operations';
import type { AttributeType } from './attribute-types';
import type { Location } from './place';
import type { MergeView } from './unmerge';

export type { AttributeOperation } from './attribute-operations';
export type { AttributeType } from './attribute-types';
export type { GroupInput, GroupMember, GroupsApi, GroupsReport, GroupView, MembersReport } from './groups';
export type { Location } from './place';
export type { MergeView } from './unmerge';

/** A profile by any identity, or by the engine's own id; ids of merged profiles find the one they were merged into. */
export type ProfileReference = Identity | { profileId: number };

export interface ProfileView {
	id: number;
	attributes: JsonObject;
	identities: Identity[];
	/** Ids of the profiles that were merged into this one; each still finds it. */
	mergedIds: number[];
	/** Merges into this profile and of it, newest first, at most 50. */
	merges: MergeView[];
	/** Profiles that were unmerged from this one: no message makes one person of the two, only a merge by hand. */
	apart: number[];
	/** A test person, who may run on the virtual clock of a journey. */
	test: boolean;
	createdAt: string;
	/** When attributes or the test flag were last changed, or a merge or unmerge changed the person. What they do (events) does not count, nor does a new identity. */
	updatedAt: string;
	/** By key. */
	groups: Array<{ key: string; attributes: JsonObject; since: string }>;
	segments: string[];
	/** Static lists. */
	lists: string[];
	/** By model, as of now. value = fit + engagement; updatedAt: when that was stored, or now, when points have faded since. */
	scores: Array<{ model: string; value: number; fit: number; engagement: number; grade: string; bucket: string; updatedAt: string }>;
	stage: { stage: string; since: string } | null;
	/** Channel and topic ('' for all) with the state last given. */
	consents: Array<{ channel: string; topic: string; state: string; source: string; at: string }>;
	/** Own addresses that are never written to, and why. */
	suppressed: Suppressed[];
	/** Tokens of apps and endpoints of browsers, the newest first, 20 a channel. why: nothing is sent there; null: it is. */
	devices: Array<{ channel: string; address: string; why: string | null }>;
	/** What the person chose: how many messages a week at most, no marketing until then (ISO 8601), language. null: nothing, or not that. */
	preferences: { maxPerWeek: number | null; pausedUntil: string | null; language: string | null };
	/** true: kept out of everything that is shared with third parties. */
	doNotSell: boolean;
	/** ISO 3166-1 alpha-2. */
	country: string | null;
	/** Where the country is from: the name of an attribute, or 'phone'. null: not known. */
	countryFrom: string | null;
	/** IANA zone: the person's own, that of their country where it is one, else that of the settings. */
	zone: string;
	/** Where the zone is from: the name of an attribute, 'country' or 'settings'. */
	zoneFrom: string;
	/** From the attributes, else (when asked for) from the last event with one: `event` says which. */
	location: (Location & { event?: string; at?: string }) | null;
	/** Newest first, at most 50. */
	events: Array<{ name: string; at: string; properties: JsonObject }>;
	/** Newest first, at most 200. guard: what kept the message back (frequency cap, quiet hours, consent, …); until: when a held one is tried again, ISO 8601. */
	messages: Array<{ id: string; channel: string; state: string; guard: string | null; reason: string | null; until: string | null; at: string }>;
	/** Newest first, at most 200. */
	enrollments: Array<{ id: number; workflow: string; journey: string; state: string; enteredAt: string; endReason: string | null }>;
}

export interface Suppressed {
	channel: string;
	address: string;
	reason: string;
}

export interface ProfileInput {
	profileId?: number;
	identities?: Identity[];
	/** null unsets. */
	attributes?: JsonObject;
	/** After `attributes`, in order: set, set once, increment, append, remove, unset. */
	operations?: AttributeOperation[];
}

export interface UpsertOptions {
	source: string;
	/** Whether profiles made here are test people. Default false. */
	test?: boolean;
	/** Sets the flag of all people of the batch, also of those who were there before. Who loses it leaves journeys that run on a virtual clock. Absent: stays. */
	setTest?: boolean;
	/** Imports start no journey unless asked. Default false: live. */
	historical?: boolean;
	/** Of several people the audit log has one entry. Default true; false where nobody's data is changed but that they are there (a send that looks up whom it writes to). */
	audited?: boolean;
}

export interface UpsertReport {
	created: number;
	updated: number;
	profiles: Array<number | null>;
	rejected: Array<{ index: number; reason: string }>;
	/** Left out of rows that were taken: identities over a limit or of another person, attributes the person has no room for. Absent: none. */
	left?: IdentityLeft[];
}

/** What was left out of a row or message that was taken all the same. */
export interface IdentityLeft {
	index: number;
	/** Kind of the identity; `attribute` for a value that is not of the attribute's declared type, or that there is no room for. */
	kind: string;
	reason: string;
}

export interface GetOptions {
	/** Where the person was last: the newest event of this name that has a location under this property (dotted path). */
	location?: { event: string; property: string };
	/** Used where neither attributes nor phone or country tell it. Default: the zone in Settings, else UTC. */
	zone?: string;
}

export interface MergeOptions {
	/** rule (default): the one with a user id, else the older. one: the first. */
	keep?: 'rule' | 'one';
	/** For the history and the audit log: never a person's name or address. Default 'api'. */
	who?: string;
}

export interface Joined {
	profile: number;
	/** The id that went; null: they were one already. */
	merged: number | null;
	/** Names of its attributes that were left out, since those of one person hold at most 256 KB together; an unmerge brings them back. Absent: none. */
	leftOut?: string[];
}

export interface ProfilesApi {
	upsert(batch: ProfileInput[], options: UpsertOptions): Promise<UpsertReport>;
	get(by: ProfileReference, options?: GetOptions): Promise<ProfileView | null>;
	count(): Promise<number>;
	/** Attribute names seen, for dropdowns. */
	attributes(): Promise<CatalogEntry[]>;
	/** Declares what type an attribute has: values that become it without loss do, a row with another one is refused. null: as it comes. source: who says so, for the audit log. Throws BAD_INPUT. */
	declareType(attribute: string, type: AttributeType | null, options?: { source?: string }): Promise<void>;
	/** By name. */
	declaredTypes(): Promise<Array<{ attribute: string; type: AttributeType }>>;
	/**
	 * Makes one person of two profiles.
	 * Throws CONFLICT (two user ids, or a limit of identities), NOT_FOUND (`index`: 0 for the one, 1 for the other), BAD_INPUT.
	 */
	merge(one: ProfileReference, other: ProfileReference, options?: MergeOptions): Promise<Joined>;
	/**
	 * Takes back the last merge into this profile: what moved goes back, what came since stays. Starts no journey. Throws NOT_FOUND.
	 */
	unmerge(by: ProfileReference, options?: { who?: string }): Promise<{ profile: number; restored: number }>;
	/** Newest first. Throws NOT_FOUND. */
	merges(by: ProfileReference): Promise<MergeView[]>;
}
