import type { EventMatch, FilterOperator, Identity } from '../events/types';
import type { JsonObject } from '../kernel';
import type { ConditionValue, RuleSource } from '../segments/types';
import type { JourneyAlerts } from '../settings/types';

/* What a Journey Trigger says of its journey, and who is let in by name. */

export type ReEntry = 'never' | 'afterLeaving' | 'anyTime';

/** A condition on one value of an attribute, as segments have it; an attribute that is absent is tested as such. */
export interface AttributeTest {
	operator: FilterOperator;
	value?: ConditionValue;
}

/** What starts a journey. Any journey can be enrolled into as well (JourneysApi.enroll). */
export type JourneyEntry =
	/** key: path of a property of the event; another value is another run, and without one it is the plain run ("two bookings are two runs"). */
	| { kind: 'event'; match: EventMatch; key?: string }
	/** A segment or a list. */
	| { kind: 'segment'; segment: string; /** Default 'entered'. */ change?: 'entered' | 'left' }
	/** The value at this dotted path becomes another one. `from` is asked of the value before, `to` of the one now; each absent: any. */
	| { kind: 'attribute'; attribute: string; from?: AttributeTest; to?: AttributeTest }
	/** What the person says of the channel, or of this topic of it, becomes this. */
	| { kind: 'consent'; channel: string; /** Default '': the whole channel. */ topic?: string; state: 'subscribed' | 'unsubscribed' | 'pending' }
	/** The moment the bucket or the grade becomes this one. */
	| { kind: 'score'; model: string; bucket?: string; grade?: string }
	| { kind: 'stage'; stage: string }
	/**
	 * What becomes of a message of these, once a message. opened: by a person, as far as machines are told apart. replied: by a person; an answer that names no message counts for the newest that went to its address. notOpened, notClicked: not within
	 * `withinMs` of the sending (default 3 days), of messages sent while the journey is published.
	 */
	| { kind: 'message'; happened: 'delivered' | 'opened' | 'clicked' | 'replied' | 'bounced' | 'notOpened' | 'notClicked'; workflow?: string; /** Node id; with `workflow`. */ step?: string; channel?: string; withinMs?: number }
	/** So many days after (negative: before) a date of the person, at `at` ('HH:MM') where the person is; yearly: every year. */
	| { kind: 'date'; attribute: string; yearly: boolean; offsetDays: number; at: string }
	/**
	 * Everybody whom `people` holds for at that time. at: ISO 8601, without an offset as the clocks of `zone` (default: that of the settings) show it. cron: five
	 * fields (minute, hour, day, month, weekday). localTime: each person when the clocks where they are show that time. ratePerMinute: default all at once.
	 */
	| { kind: 'schedule'; when: { at: string } | { cron: string }; zone?: string; people: RuleSource; localTime: boolean; ratePerMinute?: number }
	/**
	 * Coming to within `km` of a place: the location in `attribute` (default `location`, where `lat` and `lon` that stand alone count as for Profile: Get) changes into the circle, or an `event` tells of a place within it
	 * (at the dotted path `property`, default the properties themselves) after one outside of it, or the first one known.
	 */
	| { kind: 'area'; lat: number; lon: number; km: number; attribute?: string; event?: string; property?: string }
	/** By JourneysApi.enroll only. */
	| { kind: 'enroll' };

export interface EnrollRequest {
	/** step: the trigger's node id or name; may be left out where the workflow has one journey. */
	journey: { workflow: string; step?: string };
	/** At most 20,000, by engine id or identity; somebody who is not known is refused, nobody is made. data: shown as the properties of `event` at the item. */
	people: Array<({ profileId: number } | Identity) & { data?: JsonObject }>;
	/**
	 * The caller's own id of this request, the same when it is repeated: whoever entered by it before does not enter again. Remembered for 30 days. The first,
	 * second, … time that a person is in the list are different entries.
	 */
	requestId?: string;
}

/** By index of the given list. Whoever is not let in is refused, with the reason in words. */
export interface Enrolled {
	index: number;
	/** null: nobody was found. */
	profile: number | null;
	outcome: 'entered' | 'refused';
	/** Of who entered. */
	enrollment: number | null;
	/** Of who was refused: 'is in this journey already', 'the journey is not published', 'there is no such journey', … */
	reason: string | null;
	/** They entered by an earlier call with the same request id. */
	repeated: boolean;
}

/** An event that counts as a conversion of a run, once. */
export interface TriggerGoal {
	name: string;
	match: EventMatch;
	/** Property path of what it is worth; what is there counts where it reads as a decimal number. */
	valueProperty?: string;
	/** Property path of a three-letter code. Default: the settings' own currency. */
	currencyProperty?: string;
	/** How long after the entry it counts, also when the run has ended by then. */
	withinMs: number;
	/** Ends the run at once. Default false. */
	exit?: boolean;
}

/** What ends a run at once, wherever the person stands, besides exitOn. */
export interface JourneyExits {
	/** Of segments and lists: the moment the person enters or leaves one. */
	segments?: Array<{ segment: string; change: 'entered' | 'left' }>;
	/** The person says no to the channel, or to the topic. */
	consent?: Array<{ channel: string; topic?: string }>;
	/** Time limit, counted from the entry. */
	afterMs?: number;
}

export interface JourneyConfig {
	name: string;
	entry: JourneyEntry;
	reEntry: ReEntry;
	/** Ends the enrollment at once, wherever the person stands. */
	exitOn?: EventMatch;
	exits?: JourneyExits;
	goals?: TriggerGoal[];
	/** With onFailure 'retry': how often each is tried again, alone and later each time, before it is held. 0 to 20; default 3. */
	retries?: number;
	/** Profile attributes that travel with the item; ids always do. */
	fields: string[];
	/** Carry the entry event's name and properties with the item. */
	carryEvent: boolean;
	/** Test people only: one day of waiting takes this many seconds. */
	virtualDaySeconds?: number;
	/** What a failed execution does with its people: hold for a person to look, or retry each alone. Default hold. */
	onFailure: 'hold' | 'retry';
	/** Asked at entry, after the events and attributes that came with it; who is not in it is not entered. Default: everybody. */
	audience?: RuleSource;
	/** With reEntry 'anyTime': the least time since the person last entered this journey, whatever the key. Default 0. */
	minGapMs?: number;
	/** Part of the people who walk the journey and are sent no marketing, 0 to 100, also less than a hundredth; the same people at each entry. Default 0. */
	holdout?: { percent: number };
	/** Default: nobody waits. */
	entryRate?: EntryRate;
	/** Default: none. */
	entryCap?: EntryCap;
	/** When this journey calls for attention, where it differs from the setting `alerts`. */
	alerts?: JourneyAlerts;
}

/** The trigger hands out so many people within any such time, evenly, in the order in which they entered; the others wait there. Test people on a virtual clock do not. Whole numbers, at most 1,000,000 and 31 days. */
export interface EntryRate {
	people: number;
	perMs: number;
}

/**
 * When more people than this enter within such a time, the journey is paused and says so: all of them are in and wait at the trigger, until a person
 * resumes it. The count begins anew then. Whole numbers, at most 1,000,000 and 31 days.
 */
export interface EntryCap {
	people: number;
	perMs: number;
}
