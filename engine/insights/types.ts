import type { CreditedConversion } from '../attribution/types';
import type { GuardName, MessageState } from '../messages/types';
import type { JsonObject } from '../kernel';
import type { ProfileReference } from '../profiles/types';

export interface ExplainRequest {
	who: ProfileReference;
	workflow: string;
	/** Node id or name of the Journey Trigger, where a workflow has several. Default: the one the person was in last, else the first. */
	journey?: string;
	/** Node id or name of a step: only its messages, and what would keep the next one back. */
	step?: string;
	/** Id of a message in the ledger: only this one. */
	message?: string;
}

/** A step that the person passed. */
export interface ExplainedStep {
	step: string;
	type: string;
	/** What came of it, in words: 'path B', 'timed out', 'sent'. */
	outcome: string;
	/** ISO 8601. */
	at: string;
}

/** Where the person stands now; a fork stands in several places. */
export interface ExplainedPlace {
	stepId: string;
	step: string;
	state: 'waiting' | 'due' | 'running' | 'held' | 'away' | 'stranded';
	since: string;
	/** null: nobody can say. */
	until: string | null;
	/** The event that would end it, in words. */
	awaits: string | null;
	reason: string | null;
}

/** A node to which a way leads from where the person stands. */
export interface ExplainedAhead {
	stepId: string;
	step: string;
	/** A message is sent there. */
	sends: boolean;
	/** How many nodes on; 1: the next. */
	steps: number;
}

export interface ExplainedRun {
	enrollment: number;
	state: string;
	enteredAt: string;
	enteredBy: string;
	endedAt: string | null;
	endReason: string | null;
	endStep: string | null;
	/** Walks the journey and gets none of its marketing messages. */
	heldOut: boolean;
	movedAt: string | null;
	/** A way that never ends is remembered from about its last 300 steps on. */
	way: ExplainedStep[];
	places: ExplainedPlace[];
	goals: Array<{ name: string; value: string | null; currency: string | null; at: string }>;
	/** At each Journey Best Channel: the channel that reached them (`reached`), that they were given out by (`tried`), or none (`notReached`), and why not by others. */
	channels: Array<{ step: string; channel: string | null; outcome: 'reached' | 'notReached' | 'tried'; passed: Array<{ channel: string; reason: string }> }>;
}

export interface ExplainedMessage {
	message: string;
	stepId: string;
	step: string;
	channel: string;
	state: MessageState;
	guard: GuardName | null;
	reason: string | null;
	until: string | null;
	reservedAt: string;
	endedAt: string | null;
	openedAt: string | null;
	clickedAt: string | null;
	/** As of MessageView. */
	variant: string | null;
	/** What would let it through, or null where nothing keeps it back. */
	remedy: string | null;
}

export interface Qualification {
	/** null: cannot be told from what is stored (an event starts the journey). */
	holds: boolean | null;
	/** What starts the journey, as a sentence. */
	sentence: string;
	/** Each condition by itself; all have to hold. */
	conditions: Array<{ sentence: string; holds: boolean }>;
}

/** What the guards would do with the next message of the step now. */
export interface Outlook {
	step: string;
	channel: string;
	verdict: 'send' | 'hold' | 'skip';
	guard: GuardName | null;
	reason: string | null;
	until: string | null;
	remedy: string | null;
}

/** Personal data only of the person asked for, and none but ids, times, steps and what they did here: no attribute, no address. */
export interface Explanation {
	profile: number | null;
	journey: { workflow: string; step: string; name: string; published: boolean; /** Since when (ISO 8601) nobody of it goes on, and why. */ paused: { since: string; reason: string } | null };
	status: 'unknown person' | 'not entered' | 'under way' | 'ended';
	/** All of it in a few sentences. */
	text: string;
	/** Newest first, at most five. */
	runs: ExplainedRun[];
	/** Of who is under way: what lies ahead, the nearest first; null where nobody knows how the workflow is drawn. Empty: the way ends there. */
	ahead: ExplainedAhead[] | null;
	/** Entries that were refused, newest first, at most five. */
	refusals: Array<{ at: string; reason: string }>;
	/** Of who is not under way. */
	qualifies: Qualification | null;
	/** Newest first, at most twenty. */
	messages: ExplainedMessage[];
	/** The person's newest that Settings name, with the messages of any journey that they are credited to; newest first. */
	conversions: CreditedConversion[];
	outlook: Outlook | null;
}

export interface StartTest {
	workflow: string;
	/** Node id or name of the Journey Trigger, where a workflow has several. Default: the first. */
	journey?: string;
	/** 1 to 50 test people. */
	people: ProfileReference[];
	/** Of the event that starts the journey; where no event does, what the item shows as the properties of its event. */
	properties?: JsonObject;
}

export interface TestStart {
	journey: string;
	/** A day of waiting takes so many seconds for test people; 86,400 is real time. */
	daySeconds: number;
	realTime: boolean;
	/** event: they did what starts it, so its conditions were tried. enroll: they were put in by name, since no event starts it. */
	startedBy: 'event' | 'enroll';
	people: Array<{ profile: number; entered: boolean; enrollment: number | null; reason: string | null }>;
}

export interface TimelineRequest {
	workflow: string;
	journey?: string;
	/** Profile ids; others than test people are left out. Default: the 50 newest test people who were in the journey. */
	people?: number[];
}

export interface TimelineEntry {
	profile: number;
	/** stands: where they are now. */
	kind: 'entered' | 'passed' | 'message' | 'goal' | 'stands' | 'ended';
	step: string | null;
	text: string;
	/** When it really happened; ISO 8601. */
	at: string;
	/** When it would have happened in real time: by the journey's clock, from the entry on. */
	journeyTime: string;
	/** Day of the journey, from 1. */
	day: number;
}

export interface Timeline {
	journey: string;
	daySeconds: number;
	people: Array<{ profile: number; state: string; endReason: string | null }>;
	/** By person, then by time. */
	entries: TimelineEntry[];
}

export interface InsightsApi {
	/**
	 * Why this person got a message or did not, will get it, and is where they are. Reads only. Throws NOT_FOUND for a journey, step or message that
	 * does not exist, BAD_INPUT for what can be no identity; somebody nobody knows is an answer.
	 */
	explain(request: ExplainRequest): Promise<Explanation>;
	/** Lets test people do what starts a published journey, or enrolls them where no event does. Throws NOT_FOUND, BAD_INPUT: real people, a journey that is not published. */
	startTest(request: StartTest): Promise<TestStart>;
	/** What happened to the test people of a journey, in their newest run. Reads only. Throws NOT_FOUND. */
	timeline(request: TimelineRequest): Promise<Timeline>;
}
