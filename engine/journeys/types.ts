import type { JsonObject } from '../kernel';
import type { CallingExecution } from '../privacy/types';
import type { RuleSource } from '../segments/types';
import type { EnrollRequest, Enrolled, JourneyConfig } from './config';
import type { JoinRequest, JoinResult } from './joins/types';
import type { ThrottleLimit } from './throttles/types';
import type { WaitOutcome, WaitUntil } from './waits/types';

export type { JoinRequest, JoinResult, ThrottleLimit };
export type * from './config';
export type * from './waits/types';

/**
 * Glossary
 * journey     a Journey Trigger and the nodes after it; key: workflow id + node id of the trigger
 * step        a node of a journey; key: workflow id + node id
 * enrollment  one run of one profile through one journey
 * token       where an enrollment stands; one leg (hop) from park to park
 * stamp       what an item carries so that the engine knows its token
 * meeting     one visit of an enrollment at a Journey Join, where its paths become one
 * visit       one call of one step for one token at one trail; remembered (memo) so that a replay takes the same way
 */
export interface Stamp {
	token: string;
	epoch: number;
	/** The lease's nonce: one emission. */
	nonce: string;
	/** Hash of the way taken since the park. */
	trail: string;
	enrollment: number;
	profile: number;
}

export interface StepRef {
	workflow: string;
	/** n8n's node id: stable over renames. */
	step: string;
	/** Node name as shown; refreshed at every call. */
	name: string;
	/** trigger, wait, waitForEvent, join, throttle, email, anyChannel, bestChannel: people stand there. filter, branch, split, score, goal, exit: they only pass. */
	type: string;
}

/** Journeys of a workflow: all, or the one that starts at this trigger (node id or name). */
export interface JourneyFilter {
	workflow: string;
	journeyStep?: string;
}

/** One emitted person. `json` is what the item shows; `stamp` rides in it under the key `_journey`. */
export interface ClaimedItem {
	stamp: Stamp;
	json: JsonObject;
	/** Why the park ended. */
	outcome: WaitOutcome;
}

export interface Claim {
	nonce: string;
	items: ClaimedItem[];
	/** Earliest future due time at this step (milliseconds), for the pump's sleep; null when nobody waits. */
	nextDueMs: number | null;
}

export interface BeginInput {
	nonce: string;
	workflow: string;
	/** Node ids of the workflow as it is now. */
	steps: string[];
	/** A node between here and the next park has effects of its own outside our gates. */
	foreignEffects: boolean;
	/** How often an execution that begins here may wait in nodes of other kinds before the next park; 2 stands for several. Default: at most once. */
	foreignWaits?: number;
	/** n8n's execution: it holds whoever is in it, which an erasure has to tell. */
	execution?: CallingExecution;
}

export interface BreakOff {
	nonce: string;
	/** Of the execution: another's people are not its own to give up (a sub-workflow). */
	workflow: string;
	reason: string;
}

export interface BeginResult {
	/** Tokens still held by this emission; items of others must be dropped. */
	live: string[];
	dropped: number;
}

/** An item at a step. index is the caller's own and comes back. */
export interface VisitItem {
	index: number;
	stamp: Stamp;
}

export interface VisitResult {
	index: number;
	/** false: the contact has moved on, is held or has left; drop the item silently. */
	alive: boolean;
	/** Stamp with the new trail (routed to `output`). */
	stamp: Stamp;
	output: number;
	/** Of a routing choice that named its output: the name that was remembered. The outputs may stand in another order by now. */
	name?: string;
}

export interface RouteChoice {
	output: number;
	/** Where outputs are settings of the step, what this one stands for: counted and remembered by it. */
	name?: string;
}

/** One way out of a Journey Branch. */
export interface BranchRule {
	name: string;
	/** null: the caller answers it for each item (`given`), because it asks for something in the item. */
	by: RuleSource | null;
}

export interface BranchItem extends VisitItem {
	/** Answers to the rules without `by`, in their order. */
	given?: boolean[];
}

/** Somebody outside a journey, or of a manual run. `profile` null: nobody is known, for whom only what is in the item can hold. */
export interface BranchPerson {
	profile: number | null;
	enrollment?: number;
	given?: boolean[];
}

/** The place of the first rule that holds; null: none. */
export type BranchAnswer = number | null;

export interface ParkItem extends VisitItem {
	/** Of a wait for a date: ISO 8601, or since 1970 in milliseconds or seconds. Without a zone it is the person's local time. */
	date?: string;
}

export interface ParkRequest {
	step: StepRef;
	items: ParkItem[];
	/** Wait this long, counted from here; null: no limit. Not looked at where `until` says the time. */
	delayMs: number | null;
	/** Or until an event of the same enrollment's profile, or something else that happens ('event', after delayMs 'timeout'), or a time that it says. */
	until?: WaitUntil;
	/** Whoever is claimed more than so much later than they were due comes back as 'late'. Only where a time ends the wait. */
	overdue?: { afterMs: number };
}

export interface ParkResult {
	index: number;
	parked: boolean;
	dueAtMs: number | null;
	/** Why somebody who is still in the journey was not parked: their item's own date. */
	problem?: string;
}

export type ExecutionOutcome =
	| { kind: 'success' }
	/** The deduplicated or unknown case: nothing is proven; receipts decide. */
	| { kind: 'unproven' }
	| { kind: 'waiting'; untilMs: number | null }
	| { kind: 'failed'; reason: string };

export interface SettleResult {
	settled: number;
	released: number;
	held: number;
	away: number;
}

export interface StepStatus {
	workflow: string;
	step: string;
	name: string;
	type: string;
	/** People who have come to this step so far; a step that somebody comes by twice counts them twice. */
	entered: number;
	/** How long people stood here before they went on; null while nobody has, and where nobody can stand. Precision: see engine/journeys/control/step-time.ts. */
	timeInStep: { people: number; medianMs: number; p90Ms: number } | null;
	/** Parked, due in the future. */
	waiting: number;
	/** Parked or claimed, due now. */
	due: number;
	held: number;
	away: number;
	/** Parked at a step that no pump serves. */
	stranded: number;
	/** Output name or index -> people who passed. */
	passed: Record<string, number>;
	/** The ledger of this step. delivered, bounced, complained: as far as the provider says so. replied: by people; an answer that names no message counts for the newest that went to its address; autoReplied: by machines, such as out of office. opened and clicked: by people, once a message; machineOpened and machineClicked: by privacy proxies, scanners and the like, once a message, whether or not a person did too. */
	messages?: { sent: number; skipped: number; failed: number; unknown: number; deferred: number; opened: number; clicked: number; machineOpened: number; machineClicked: number; delivered: number; bounced: number; complained: number; replied: number; autoReplied: number; unsubscribed: number; /** Of text messages that were sent, or may have been. */ segments: number; /** Of these, by the prices that the step had; decimal text. null: it had none. */ cost: string | null };
	/** What guards kept back here, by guard (frequency cap, quiet hours, consent, …): messages skipped for good, and deferred now. */
	guards?: Array<{ guard: string; skipped: number; deferred: number }>;
	/** Why people are held here, else what is wrong, else why a send is deferred. */
	problem: string | null;
}

export interface JourneyStatus {
	workflow: string;
	name: string;
	entered: number;
	/** Of them, runs of test people; they are in the other numbers too, but in no experiment, usual range, alert or time in step when on a virtual clock. */
	tests: number;
	active: number;
	completed: number;
	exited: Record<string, number>;
	goals: Array<{ name: string; count: number; value: string; currency: string | null }>;
	steps: StepStatus[];
	sendingStopped: boolean;
	/** Since when (ISO 8601) nobody of it goes on, and why; null: it runs. */
	paused: { since: string; reason: string } | null;
}

export interface PersonAtStep {
	profile: number;
	enrollment: number;
	step: string;
	stepName: string;
	state: string;
	since: string;
	dueAt: string | null;
	reason: string | null;
	attributes: JsonObject;
}

/** Which people of a workflow's journeys an operation is about. */
export interface PeopleReach {
	workflow: string;
	/** Only who stands at this step: node id or name. Who is in several branches of a fork stands at several. */
	step?: string;
	/** Only these profile ids; ids that were merged into another profile mean that one. */
	people?: number[];
	/** Who says so, for the audit log. Default 'api'. */
	source?: string;
}

/** Types of steps without a pump: whoever was put there would stand there for ever. Nobody parks at them either. */
export const NOBODY_STANDS_AT: readonly string[] = ['filter', 'branch', 'split', 'score', 'goal', 'exit'];

export interface MoveRequest extends PeopleReach {
	/** Node id or name of the step to go to, where people can stand: the trigger, a wait, a sender. */
	to: string;
	/** now (default): they go on from there at once, as when a wait is over; a wait for an event times out. keep: who waits goes on waiting there, for the same and until the same time. */
	wait?: 'now' | 'keep';
}

export interface MoveReport {
	moved: number;
	/** Who stays where they are, and why; at most 1,000 of them. */
	refused: Array<{ profile: number; step: string; reason: string }>;
}

/** A node of a workflow, as it is drawn. */
export interface DrawnStep {
	/** n8n's node id. */
	step: string;
	name: string;
	/** Sends messages of its own. */
	sends: boolean;
	/** Node ids of those behind it, whatever output leads there. */
	to: string[];
}

/** One time of a journey that starts on a schedule. Times are ISO 8601. */
export interface BroadcastView {
	workflow: string;
	/** Node id of the Journey Trigger. */
	journeyStep: string;
	journey: string;
	/** missed: nobody came in by it, for the reason. */
	state: 'planned' | 'running' | 'done' | 'missed';
	/** The time that the schedule names. */
	at: string;
	/** Of a planned one: when it begins; earlier than `at` where everybody has it by their own clock. */
	startsAt: string | null;
	startedAt: string | null;
	/** When the last one was looked at; at a rate people still go on from the trigger after it. */
	endedAt: string | null;
	/** People of its rule when the run came to them: entered + refused + toCome, apart from who was merged or erased meanwhile. null: not counted. */
	meant: number | null;
	entered: number;
	/** People by the reason why they did not come in. */
	refused: Record<string, number>;
	/** People the run has not come to, whether they are of its rule or not. */
	toAsk: number;
	/** Of those meant: whose own hour is still to come. */
	toCome: number;
	/** The first of those hours. */
	nextAt: string | null;
	/** With a rate: when the last one who is in will have gone on from the trigger. */
	rateUntil: string | null;
	reason: string | null;
}

export interface JourneysApi {
	/** A published Journey Trigger tells the engine what starts it. */
	register(step: StepRef, config: JourneyConfig): Promise<void>;
	/** A pump is alive at this step; call at least every 20 s while serving. `leader` beats prove that n8n is up. */
	beat(step: StepRef): Promise<void>;
	/**
	 * A published step that asks for segments or lists says which, in one rule or several (`by` null: not known without an item); they are not deleted or renamed
	 * while it beats. Throws NOT_FOUND and RULE_INVALID for what does not exist.
	 */
	asks(step: StepRef, by: RuleSource | RuleSource[] | null): Promise<void>;
	/** How the workflow is drawn now, its nodes behind a Journey Trigger: for what lies ahead of somebody. Throws BAD_INPUT above 2,000 nodes. */
	noteDrawing(drawing: { workflow: string; steps: DrawnStep[] }): Promise<void>;
	claim(step: StepRef, options: { limit: number; leaseMs: number }): Promise<Claim>;
	begin(input: BeginInput): Promise<BeginResult>;
	renew(nonce: string, leaseMs: number): Promise<void>;
	settle(nonce: string, outcome: ExecutionOutcome): Promise<SettleResult>;
	/** An execution that had waited in a node of another kind ends by an error: its people who are still away are held or tried again. How many. */
	breakOff(broken: BreakOff): Promise<number>;
	/** A step that only routes: the given output is remembered; a replay gets the remembered one. */
	route(step: StepRef, items: Array<VisitItem & RouteChoice>): Promise<VisitResult[]>;
	/** Segment Filter: output 0 in, 1 out; evaluated in the engine, remembered. */
	filter(step: StepRef, items: VisitItem[], by: { name: string } | { rule: import('../segments/types').SegmentRule }): Promise<VisitResult[]>;
	/** Journey Branch: the first rule that holds, else output rules.length; evaluated in the engine, remembered by the rule's name. */
	branch(step: StepRef, items: BranchItem[], rules: BranchRule[]): Promise<VisitResult[]>;
	/** What branch would choose, for people of no journey and manual runs; nothing is stored. */
	tryBranch(rules: BranchRule[], people: BranchPerson[]): Promise<BranchAnswer[]>;
	park(request: ParkRequest): Promise<ParkResult[]>;
	/** Journey Join: a path of each of these people has arrived. Their legs end here; whoever goes on comes out of the park, by 'due' (met) or 'timeout'. */
	join(request: JoinRequest): Promise<JoinResult[]>;
	/** A published Journey Join says how many paths it waits for. */
	setNeeded(step: StepRef, needed: number): Promise<void>;
	/** Journey Throttle: parks people for their turn, in the order of arrival. */
	throttle(step: StepRef, items: VisitItem[], limit: ThrottleLimit): Promise<ParkResult[]>;
	/** A published Journey Throttle says what it lets through. */
	setThrottle(step: StepRef, limit: ThrottleLimit): Promise<void>;
	goal(step: StepRef, items: Array<VisitItem & { name: string; value?: string; currency?: string }>): Promise<VisitResult[]>;
	exit(step: StepRef, items: Array<VisitItem & { reason: string }>): Promise<VisitResult[]>;
	status(filter?: { workflow?: string }): Promise<JourneyStatus[]>;
	people(filter: { workflow: string; step?: string; limit?: number; afterProfile?: number }): Promise<PersonAtStep[]>;
	/**
	 * Broadcasts, those to come first, then the newest; `limit` runs (default 50, at most 1,000), `before`: only runs planned for earlier than this time (ISO 8601),
	 * and none to come. Reads only. Throws BAD_INPUT for what is no time.
	 */
	broadcasts(filter?: { workflow?: string; before?: string; limit?: number }): Promise<BroadcastView[]>;
	/** Held people go on, each alone. */
	retryHeld(filter: { workflow: string; step?: string }): Promise<{ retried: number }>;
	/**
	 * Nobody of these journeys goes on or is sent anything until they are resumed: whoever is due waits, whoever enters waits at the trigger, exits and goals
	 * act. What runs in n8n goes on to its next wait; its messages wait at their step. by: for the audit log, default 'api'. Throws NOT_FOUND.
	 */
	pause(filter: JourneyFilter, reason: string, options?: { by?: string }): Promise<{ paused: number }>;
	/** Whoever is due goes on; who waits for a slot of the entry rate keeps it, later by the length of the pause. Throws NOT_FOUND. */
	resume(filter: JourneyFilter, options?: { by?: string }): Promise<{ resumed: number }>;
	/**
	 * Puts waiting, held or stranded people to another step of the same workflow. Whom the step has sent to in this run already stays, and no step
	 * sends again afterwards what it sent before the move. Throws NOT_FOUND for a step, BAD_INPUT for one where nobody can stand or that nobody serves.
	 */
	move(request: MoveRequest): Promise<MoveReport>;
	/** Ends the runs of these people at once, wherever they stand. Throws NOT_FOUND for a step, BAD_INPUT without a reason (at most 200 characters are kept). */
	exitPeople(request: PeopleReach & { reason: string }): Promise<{ exited: number }>;
	stopSending(reason: string): Promise<void>;
	resumeSending(): Promise<void>;
	sendingStopped(): Promise<{ stopped: boolean; reason: string | null }>;
	/** Lets people into a journey, whatever starts it otherwise; its rules on entering again hold. Each for itself. Throws BAD_INPUT for a list that is none. */
	enroll(request: EnrollRequest): Promise<Enrolled[]>;
	/** A sample item for a manual run in the editor: nothing is stored. */
	sample(config: JourneyConfig, by: { profileId: number } | import('../events/types').Identity | null): Promise<{ profile: number; json: JsonObject } | null>;
}
