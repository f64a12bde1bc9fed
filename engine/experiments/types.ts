import type { EventMatch } from '../events/types';
import type { StepRef, VisitItem, VisitResult } from '../journeys/types';

/**
 * Glossary
 * path        one output of a Journey Split, by its name
 * chances     with which probability each path was given to a person, at that moment
 * conversion  the metric came true within its window from the assignment on
 * matured     assigned a full window ago, converted or not: only these people count, else those who convert early would
 * evidence    a wager against "this path is no better than that one": see evidence.ts
 * round       what is counted together; a new metric or a restart begins a new one
 */
export type SplitMode =
	/** Fixed parts, nothing is measured. */
	| 'percentages'
	/** Equal parts until a winner is found. */
	| 'experiment'
	/** Better paths get more people (Thompson sampling). */
	| 'bandit'
	/** A sender's variants, each combination of them a path: parts as they are set, until winners are found. */
	| 'variants';

/** What counts as a conversion. */
export type ExperimentMetric =
	/** A goal of the same run through the journey. */
	| { kind: 'goal'; goal: string }
	/** A message of the same run, sent behind the split; step: n8n's node id, default any. Machine opens and clicks do not count. */
	| { kind: 'message'; happened: 'opened' | 'clicked' | 'replied'; step?: string }
	/** What the person does. */
	| { kind: 'event'; match: EventMatch }
	/** Of variants: what became of the message itself. converted: a goal of its run, of this name or any. Machine opens and clicks do not count. */
	| { kind: 'own'; happened: 'opened' | 'clicked' | 'replied' | 'delivered' | 'converted'; goal?: string };

export interface Factor {
	/** '' where there is no other: an A/B/n test. */
	name: string;
	/** share: percent of the people; without one an equal part of what the others leave. */
	alternatives: Array<{ name: string; share?: number }>;
}

/** What a sender says of its variants. */
export interface VariantTest {
	/** Each person gets one alternative of every factor, drawn apart from each other. */
	factors: Factor[];
	metric: Extract<ExperimentMetric, { kind: 'own' }>;
	/** Milliseconds from the sending on in which the metric counts. */
	windowMs: number;
	/** As of SplitConfig. */
	alpha?: number;
	minimumPeople?: number;
	/** Once a winner is found, whoever is written to anew gets it. Default true. */
	sendToWinner?: boolean;
	/** A variant after which more people leave or complain than after another, as certainly as a winner wins, never wins. Default true. */
	guarded?: boolean;
	/** For how long a variant may be held until its time of day; whoever gets another has the same time to answer. Default 0. */
	heldMs?: number;
}

export interface SplitConfig {
	mode: SplitMode;
	/** 2 to 10, by name. percent: of percentages only, together 100. */
	paths: Array<{ name: string; percent?: number }>;
	/** person: the same path whenever they come, also in another run. enrollment: drawn anew for each run. */
	unit: 'person' | 'enrollment';
	/** Splits with the same one give a person the same draw. Default: the step's own. */
	salt?: string;
	/** Of experiments and bandits. */
	metric?: ExperimentMetric;
	/** Milliseconds from the assignment on in which a conversion counts. Of experiments and bandits. */
	windowMs?: number;
	/** Bound on the probability of ever naming a winner that is none. Default 0.05. */
	alpha?: number;
	/** Matured people of each path before a winner is named. Default 100. */
	minimumPeople?: number;
	/** Of a bandit: the least part of each path, in percent. Default 2. */
	floorPercent?: number;
	/** Once a winner is found, whoever comes new takes its path. Default false. */
	sendToWinner?: boolean;
	/** Of variants: paths are their combinations, the last factor's alternatives changing first. */
	factors?: Factor[];
	guarded?: boolean;
	heldMs?: number;
}

export interface SplitResult extends VisitResult {
	/** Of who is alive: the path's name as the step has it now. */
	name?: string;
}

export interface PathStatus {
	name: string;
	/** People assigned in this round. */
	people: number;
	matured: number;
	conversions: number;
	/** Conversions of the matured; null without any. */
	rate: number | null;
	/** Confidence sequence of the rate: holds at every look at once with probability 1 - alpha, if the rate does not change over time. */
	interval: [low: number, high: number];
	/** The part of new people that it gets now, 0 to 1. */
	allocation: number;
	/** Posterior probability that it is the best, and how much rate is lost on average by taking it: what a bandit goes by, no test. */
	probabilityBest: number;
	expectedLoss: number;
	/** Rate against that of the first path: 0.1 is a tenth more. null where that is not known or 0. */
	lift: number | null;
	/** The weakest of its wagers against the others; it wins when that reaches `needed` (and enough people have matured). At most 1e12. */
	evidence: number;
	needed: number;
	/** Of variants: more people leave or complain after it than after another, as certainly as a winner wins. */
	harmful?: boolean;
	/** Of variants: messages of this round that became this, people on a virtual clock apart. Opens and clicks are people's. */
	messages?: { sent: number; delivered: number; opened: number; clicked: number; unsubscribed: number; complained: number };
}

/** One factor of several, whatever the others were. */
export interface FactorStatus {
	name: string;
	alternatives: Array<Pick<PathStatus, 'name' | 'matured' | 'conversions' | 'rate' | 'interval' | 'evidence' | 'needed' | 'harmful'>>;
	winner: { name: string; since: string } | null;
}

export interface ExperimentStatus {
	workflow: string;
	step: string;
	/** Name of the node. */
	stepName: string;
	mode: SplitMode;
	metric: ExperimentMetric | null;
	windowMs: number | null;
	alpha: number;
	minimumPeople: number;
	/** When this round began, ISO 8601. */
	since: string;
	round: number;
	/** In the order of the outputs. */
	paths: PathStatus[];
	/** Of variants of more than one factor. */
	factors?: FactorStatus[];
	/** Found once and kept until the round ends. */
	winner: { name: string; since: string } | null;
	sendsToWinner: boolean;
	/** Assigned, their window not over yet. */
	maturing: number;
}

export interface ExperimentsApi {
	/**
	 * A published Journey Split tells how it is set. Another metric, window, unit or draw begins a new round; an added path joins; a removed one
	 * gets nobody any more; a renamed one keeps its people. Throws BAD_INPUT, RULE_INVALID.
	 */
	register(step: StepRef, config: SplitConfig): Promise<void>;
	/** Gives each person a path: remembered, the same on a replay and, by `unit`, in another run. `output` is the path's place in `config`. */
	split(step: StepRef, items: VisitItem[], config: SplitConfig): Promise<SplitResult[]>;
	/** Which path each of these profiles has or would get now; nothing is stored. null: nobody is known, drawn as a stranger. */
	preview(step: { workflow: string; step: string }, profiles: Array<number | null>, config: SplitConfig): Promise<Array<{ output: number; name: string }>>;
	/** Numbers and winners now. */
	status(filter?: { workflow?: string; step?: string }): Promise<ExperimentStatus[]>;
	/** Begins a new round: nothing of before counts, nobody keeps a path. Throws NOT_FOUND. */
	restart(step: { workflow: string; step: string }): Promise<void>;
}
