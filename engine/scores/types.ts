import type { Identity } from '../events/types';
import type { SegmentRule } from '../segments/types';
import type { Tx } from '../store';

/**
 * Words
 * model      rules with points, and what their sum is called: a bucket (by total or engagement) and a grade (by fit)
 * rule       points for what is true of a person (once), or for what they did (once, or for each occurrence)
 * part       what one rule gives one person at one instant
 * stage      how far a person has come (subscriber ... evangelist); one a person, for all models
 * level      a bucket, grade or stage; its changes are kept, start journeys and move segments
 *
 * Points count in hundredths: each part is rounded to two decimals, and the sums are sums of the rounded parts, so that an
 * explanation always adds up to the score, and is the same number on both databases.
 */
export type ScoreGroup = 'fit' | 'engagement';

export interface PointsRule {
	/** Unique within the model; shown in explanations. */
	name: string;
	group: ScoreGroup;
	/** -1,000,000 to 1,000,000, at most two decimals. */
	points: number;
	/**
	 * A rule of the segment language, without conditions on scores, or a plain event match ({event, filters?}). Only a plain event match may count
	 * each occurrence, decay or expire.
	 */
	when: SegmentRule;
	/** Default once: the newest occurrence counts. perOccurrence: the newest 1,000 do, or fewer by `cap`. */
	mode?: 'once' | 'perOccurrence';
	/** For perOccurrence: only the newest so many occurrences; at most so many points, either sign. */
	cap?: { occurrences?: number; points?: number };
	/** An occurrence gives half its points after so many days, a quarter after twice as many. */
	decay?: { halfLifeDays: number };
	/** An occurrence gives nothing any more from so many days after it on. */
	expiresAfterDays?: number;
}

export interface ScoreModel {
	name: string;
	description?: string;
	rules: PointsRule[];
	/** By the fit group, best first; below the last one: F. Default A from 80, B from 60, C from 40, D from 20. */
	grades?: Array<{ grade: string; from: number }>;
	/** Lowest first; the first has no `from`. Default cold, warm from 30, hot from 70. */
	buckets?: Array<{ name: string; from?: number }>;
	/** Default total. */
	bucketBy?: 'total' | 'engagement';
}

export interface ScoreModelView extends Required<ScoreModel> {
	version: number;
	updatedAt: string;
	/** People are still being scored by this version, in the background; those not reached yet keep their former score. */
	building: boolean;
	/** What is without effect by now: rules on segments that are gone, journeys and segments that ask for levels there are no more. */
	warnings: string[];
}

export interface ScoreModelVersion {
	version: number;
	savedAt: string;
	model: Required<ScoreModel>;
}

/** A person's score at one instant. */
export interface ScoreView {
	profile: number;
	model: string;
	total: number;
	fit: number;
	engagement: number;
	grade: string;
	bucket: string;
	at: string;
}

export interface ScorePart {
	rule: string;
	group: ScoreGroup;
	/** What the rule gives now. */
	points: number;
	/** What it would give without decay; caps hold. */
	pointsWithoutDecay: number;
	/** Occurrences that count; 1 or 0 for a condition. */
	occurrences: number;
	/** Of the newest occurrence; null for a condition. */
	lastAt: string | null;
	/** The points would be more, either sign, without the cap on points. */
	capped: boolean;
	/** What the rule asks for, as an English sentence. */
	asks: string;
	/** How its points come about, as an English sentence. */
	sentence: string;
}

export interface ScoreExplanation extends ScoreView {
	/** All of it in a sentence or two. */
	summary: string;
	version: number;
	/** The next higher bucket, and how many points are missing; null in the highest. */
	nextBucket: { bucket: string; missing: number } | null;
	/** One for each rule, in the order of the model. */
	parts: ScorePart[];
	/** When time alone will change the level, or may change a condition of a rule; null when never. */
	nextLookAt: string | null;
	/** Since when the person has this bucket and grade; null: since they are known, or for longer than history is kept. */
	bucketSince: string | null;
	gradeSince: string | null;
}

export type LevelKind = 'bucket' | 'grade' | 'stage';

/** Why a level changed: what people did, time alone, a changed model or list, a merge, or somebody set it. */
export type ChangeCause = 'change' | 'time' | 'model' | 'merge' | 'set';

export interface LevelChange {
	id: number;
	profile: number;
	/** '' for stages. */
	model: string;
	kind: LevelKind;
	/** null: the first of somebody who had points at once. Where somebody begins without any is no change. */
	from: string | null;
	to: string;
	at: string;
	cause: ChangeCause;
	/** Rules whose points changed most, at most five; for stages by whom or by which rule. */
	why: Array<{ rule: string; points: number }> | string;
}

export interface HistoryPage {
	changes: LevelChange[];
	/** Pass as `before` for the next page; null at the end. */
	next: number | null;
}

export interface StageDefinition {
	/** First to last. */
	stages: Array<{
		name: string;
		/** People for whom this holds move up to the stage by themselves, never down. May ask for scores, not for stages. */
		when?: SegmentRule;
	}>;
	/** Moves besides forward ones; each is a move back. */
	alsoAllowed?: Array<{ from: string; to: string }>;
}

export interface StagesView extends Required<StageDefinition> {
	/** People in each stage, in order. */
	people: Array<{ stage: string; people: number }>;
	/** Rules of the list are still being applied to everybody. */
	building: boolean;
	/** As those of a model. */
	warnings: string[];
}

export interface StageMove {
	index: number;
	profile: number | null;
	from: string | null;
	to: string;
	moved: boolean;
	/** Why not, and what to do. */
	reason: string | null;
}

export type ScoredPerson = { profileId: number } | Identity;

export interface ScoresApi {
	/**
	 * Creates a model, or makes a new version of it. Up to 10,000 people are scored before it returns, the rest in the background.
	 * What changes by it starts no journey. Throws RULE_INVALID, BAD_INPUT.
	 */
	saveModel(model: ScoreModel, options?: { source?: string }): Promise<ScoreModelView>;
	models(): Promise<ScoreModelView[]>;
	model(name: string): Promise<ScoreModelView | null>;
	/** Newest first. Throws NOT_FOUND. */
	modelVersions(name: string): Promise<ScoreModelVersion[]>;
	/** Throws NOT_FOUND, and CONFLICT while a segment, a stage or a published journey refers to it. */
	deleteModel(name: string, options?: { source?: string }): Promise<{ people: number }>;
	/** Scores everybody again, as saving does. Throws NOT_FOUND. */
	recalculate(name: string): Promise<ScoreModelView>;
	/** Scores as of now, read-only; people who do not exist are left out. Throws NOT_FOUND. */
	of(model: string, profiles: number[]): Promise<ScoreView[]>;
	/** Throws NOT_FOUND for the model and for the person. */
	explain(model: string, whose: ScoredPerson): Promise<ScoreExplanation>;
	/** Newest first; of a person, of a model, or both. limit 1 to 1,000, default 100. */
	history(filter: { whose?: ScoredPerson; model?: string; kind?: LevelKind; before?: number; limit?: number }): Promise<HistoryPage>;
	stages(): Promise<StagesView>;
	/** Throws RULE_INVALID, BAD_INPUT, and CONFLICT when people are in a stage that the new list lacks. */
	defineStages(definition: StageDefinition, options?: { source?: string }): Promise<StagesView>;
	/** `who` is kept in the history. Moves that are not allowed are refused one by one, with the reason. */
	setStages(moves: Array<{ whose: ScoredPerson; stage: string }>, options: { who: string; historical?: boolean }): Promise<StageMove[]>;
	/** null: no stage yet, or no such person. */
	stageOf(whose: ScoredPerson[]): Promise<Array<{ profile: number | null; stage: string | null; since: string | null }>>;
	/** The profile of each, null when there is none. */
	find(whose: ScoredPerson[]): Promise<Array<number | null>>;
}

/** A level that has changed, as journeys see it. */
export interface ChangedLevel {
	profile: number;
	model: string;
	kind: LevelKind;
	from: string | null;
	to: string;
	/** Starts no journey. */
	historical: boolean;
}

/** What journeys do about it, in the same transaction. The profiles are locked already. `entered` counts the enrollments made. */
export interface ScoreReactions {
	levelsChanged(tx: Tx, changes: readonly ChangedLevel[]): Promise<{ entered: number }>;
}
