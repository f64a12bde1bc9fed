import type { FilterOperator, Identity, PropertyFilter } from '../events/types';

/**
 * A segment rule, nested at will (JSON Schema: docs/segment-rule.schema.json). An empty `all` holds for everyone, an empty
 * `any` for nobody, an empty `none` for everyone.
 */
export type SegmentRule =
	| { all: SegmentRule[] }
	| { any: SegmentRule[] }
	| { none: SegmentRule[] }
	| Condition;

export type Condition =
	| AttributeRule | EventRule | SegmentMemberRule | ListMemberRule | ScoreRule | GradeRule | BucketRule | StageRule
	| ConsentRule | DoNotSellRule | MessageRule | NearRule | AnniversaryRule | RandomRule | GroupRule;

export interface AttributeRule {
	/** Dotted path into the profile's attributes. */
	attribute: string;
	operator: FilterOperator;
	value?: ConditionValue;
}

export type ConditionValue = string | number | boolean | Array<string | number>;

export type OrderOperator = 'equals' | 'notEquals' | 'greater' | 'greaterOrEqual' | 'less' | 'lessOrEqual';

export interface EventCount {
	operator: 'atLeast' | 'atMost' | 'exactly';
	value: number;
}

/**
 * A number over a property of the events that count. Values that do not read as a number are left out. Without any value the
 * sum is 0, and minimum, maximum and average do not exist (then only `notEquals` holds). Sums and averages are exact decimals.
 */
export interface Measure {
	/** Dotted path into the properties. */
	property: string;
	operator: OrderOperator;
	value: number | string;
}

/** The property of the first or last event that counts, compared as an attribute is; without such an event it is absent. */
export interface EdgeMeasure {
	property: string;
	operator: FilterOperator;
	value?: ConditionValue;
}

/**
 * What a person did. At most one of count, sum, min, max, average, first, last (default: at least once), and at most one of
 * withinSeconds, between, sinceEnrollment (default: ever).
 */
export interface EventRule {
	event: string;
	filters?: PropertyFilter[];
	count?: EventCount;
	sum?: Measure;
	min?: Measure;
	max?: Measure;
	average?: Measure;
	first?: EdgeMeasure;
	last?: EdgeMeasure;
	/** Only events of the last so many seconds. Leaving the window takes effect to the millisecond. */
	withinSeconds?: number;
	/**
	 * Only events from `from` on and before `to`; either may be absent. ISO 8601; a date alone ('2026-03-01') is the whole day in
	 * UTC, so `to` as a date includes that day.
	 */
	between?: { from?: string; to?: string };
	/** Only events since the person entered the journey: in a journey's Segment Filter only, not in saved segments. */
	sinceEnrollment?: true;
}

/** Membership of another saved segment; follows it within the same transaction. */
export interface SegmentMemberRule {
	segment: string;
}

/** Membership of a static list. */
export interface ListMemberRule {
	list: string;
}

export interface ScoreRule {
	/** Name of the score model. */
	score: string;
	operator: OrderOperator;
	value: number;
}

export interface GradeRule {
	grade: string;
	in: string[];
}

export interface BucketRule {
	bucket: string;
	in: string[];
}

export interface StageRule {
	stage: { in: string[] };
}

export interface ConsentRule {
	/** Channel: 'email', 'sms', … */
	consent: string;
	/** Default '': the whole channel. */
	topic?: string;
	/** none: nothing was ever said. */
	state: 'subscribed' | 'unsubscribed' | 'pending' | 'none';
}

export interface DoNotSellRule {
	/**
	 * true: the person asked not to be sold or shared with third parties (on the preference page, by the browser's Global Privacy Control, or
	 * somebody set it for them). false: they did not, or took it back; whoever is shared with third parties has to be one of these.
	 */
	doNotSell: boolean;
}

export const MESSAGE_STATES = ['sent', 'delivered', 'opened', 'clicked', 'replied', 'unsubscribed', 'bounced', 'complained', 'failed', 'skipped'] as const;

/**
 * A message that was sent to the person, or what became of it. skipped: a guard (consent, cap, quiet hours, …) kept it back; messages of
 * people who left the journey first are none. delivered, bounced, complained: as far as the provider reports it.
 */
export interface MessageRule {
	message: (typeof MESSAGE_STATES)[number];
	channel?: string;
	/** n8n's workflow id. */
	workflow?: string;
	/** n8n's node id; only with workflow. */
	step?: string;
	/** How often; default at least once. */
	count?: EventCount;
	withinSeconds?: number;
	/** Only messages of the person's present run through the journey: in a journey's Segment Filter or Journey Branch only, not in saved segments. */
	sinceEnrollment?: true;
}

/**
 * Within `km` kilometres (great circle) of a place. The place of a person is an attribute that holds `lat` or `latitude` and
 * `lon`, `lng` or `longitude`, or is the text "52.52, 13.4"; of the attribute `location` also the attributes `lat` and `lon` (and so on) that
 * stand alone, where it is no place. Or the same in (a property of) an event: then one such event is enough.
 */
export interface NearRule {
	near: {
		attribute?: string;
		event?: string;
		/** With event: path of the property that holds the location; absent: the properties themselves. */
		property?: string;
		/** With event: only events of the last so many seconds. */
		withinSeconds?: number;
		lat: number;
		lon: number;
		km: number;
	};
}

/**
 * The yearly return of a date attribute ('YYYY-MM-DD…', as written, whatever its time): holds from the beginning of the day that
 * lies `inDays` before it, for `forDays` days. 29 February returns on the 28th in other years.
 */
export interface AnniversaryRule {
	anniversary: string;
	/** 0: on the day itself; 7: a week before; -3: three days after. Default 0; -182 to 182. */
	inDays?: number;
	/** Default 1; 1 to 182. */
	forDays?: number;
	/** Where the days begin: an IANA zone, default UTC. The same for everybody. */
	zone?: string;
}

/** The same part of all people every time: a person's place follows from the profile id and the salt alone. */
export interface RandomRule {
	random: {
		/** 0 to 100, at most two digits after the point. */
		percent: number;
		/** Other salts draw other people. */
		salt: string;
	};
}

/** A person one of whose groups (accounts) has an attribute like this. */
export interface GroupRule {
	group: { attribute: string; operator: FilterOperator; value?: ConditionValue };
}

export interface SegmentView {
	id: number;
	name: string;
	rule: SegmentRule;
	/** The rule as an English sentence. */
	sentence: string;
	members: number;
	updatedAt: string;
	/** While a new or changed rule is being worked in: profile ids looked at, of how many. Members then are partly of the old rule. */
	building: { done: number; of: number } | null;
}

export interface SegmentMember {
	profile: number;
	enteredAt: string;
	attributes: Record<string, unknown>;
}

export interface MembersPage {
	afterProfile?: number;
	/** Default 100, at most 1,000. */
	limit?: number;
	/** Only members who may be shared with third parties: not those who asked not to be sold or shared. A page is full of the others. Default false. */
	sharableOnly?: boolean;
}

export interface SegmentPreview {
	count: number;
	sentence: string;
	/** Some of those for whom it holds, spread over all. */
	sample: Array<{ profile: number; attributes: Record<string, unknown> }>;
}

export interface SegmentChange {
	id: number;
	segment: string;
	profile: number;
	change: 'entered' | 'left';
	at: string;
	/** change: of the person. time: it alone. rebuild: of the rule. list: added to or removed from a list. */
	why: 'change' | 'time' | 'rebuild' | 'list';
}

export interface SaveSegment {
	name: string;
	rule: SegmentRule;
	/** Whether people who enter or leave by this change of the rule start journeys. Default false. */
	startJourneys?: boolean;
	/** Wait until everybody was looked at. Default: the answer comes after the first 100,000 people at the latest. */
	wait?: boolean;
	/** Who says so, for the audit log. Default 'api'. */
	source?: string;
}

export type RuleSource = { name: string } | { rule: SegmentRule };

export interface SegmentsApi {
	/**
	 * Creates or replaces by name. Membership is built in the background, in slices; a rebuild never drops and re-adds a member.
	 * Throws RULE_INVALID (also for segments, lists and score models that do not exist, and for circles), CONFLICT, BAD_INPUT.
	 */
	save(segment: SaveSegment): Promise<SegmentView>;
	list(): Promise<SegmentView[]>;
	get(name: string): Promise<SegmentView | null>;
	/** Throws CONFLICT, saying which, while a segment or a published journey uses it. */
	delete(name: string, options?: { source?: string }): Promise<void>;
	/** Throws CONFLICT when the new name is taken, or a segment or a published journey uses the old one. */
	rename(name: string, to: string, options?: { source?: string }): Promise<SegmentView>;
	/** Counts by a saved name or by a rule not saved. */
	count(by: RuleSource): Promise<number>;
	/** Count, sentence and some of the people (default 5, at most 100) by a saved name or a rule not saved. */
	preview(by: RuleSource, options?: { sample?: number }): Promise<SegmentPreview>;
	/** The rule as an English sentence. Throws RULE_INVALID. */
	describe(rule: SegmentRule): Promise<string>;
	/**
	 * Values of an attribute (of people or of groups) or of a property of an event, the most frequent first; for dropdowns. At most 100. Of a
	 * list its items; of what is true or false both. Without `search` those had lately; with it all that contain it, whatever their case, as
	 * far as ten seconds reach. Throws RULE_INVALID.
	 */
	values(of: ValuesOf, options?: { search?: string }): Promise<string[]>;
	/** In the order of profile ids. */
	members(name: string, page?: MembersPage): Promise<SegmentMember[]>;
	/** Who entered and left, in order; at most 1,000 a page. */
	changes(filter: { name?: string; profile?: number; afterId?: number; limit?: number }): Promise<SegmentChange[]>;
	/** Which of these profiles are in; by saved name or rule. Read-only. */
	evaluate(by: RuleSource, profiles: number[]): Promise<number[]>;
}

/** Whose values: paths with dots. */
export type ValuesOf = { attribute: string } | { groupAttribute: string } | { event: string; property: string };

export interface ListView {
	id: number;
	name: string;
	members: number;
	updatedAt: string;
}

export type ListPerson = { profileId: number } | Identity;

export interface ListReport {
	/** People added or removed. */
	changed: number;
	/** People who were in (or out) already. */
	unchanged: number;
	/** Profile of each person given, by index; null where rejected. */
	profiles: Array<number | null>;
	/** Index into the given people whom no profile has, and why. */
	rejected: Array<{ index: number; reason: string }>;
}

/** Static lists: people put there by name. Entering and leaving one goes the way of segments, and may start journeys. */
export interface ListsApi {
	/** Throws CONFLICT when the name is taken by a list or a segment. */
	create(name: string): Promise<ListView>;
	list(): Promise<ListView[]>;
	get(name: string): Promise<ListView | null>;
	/** startJourneys: default true. source: who says so, for the audit log, default 'api'; so with the others. */
	add(name: string, people: ListPerson[], options?: { startJourneys?: boolean; source?: string }): Promise<ListReport>;
	remove(name: string, people: ListPerson[], options?: { startJourneys?: boolean; source?: string }): Promise<ListReport>;
	/** Adds everybody (or `people` among them) in `from`, a list or a segment, to the list `to`, which is made when it does not exist. */
	copy(from: string, to: string, options?: { people?: ListPerson[]; startJourneys?: boolean; source?: string }): Promise<ListReport>;
	/** As copy, from a list only, and they leave it. */
	move(from: string, to: string, options?: { people?: ListPerson[]; startJourneys?: boolean; source?: string }): Promise<ListReport>;
	/** Throws CONFLICT, saying which, while a segment or a published journey uses it. */
	delete(name: string, options?: { source?: string }): Promise<void>;
	/** In the order of profile ids. */
	members(name: string, page?: MembersPage): Promise<SegmentMember[]>;
}
