import { checkEventMatch } from '../events';
import type { EventMatch } from '../events/types';
import { EngineError } from '../kernel';
import { checkRule } from '../segments';
import type { SegmentRule } from '../segments/types';
import type { ScoreModel, PointsRule, StageDefinition } from './types';

const LONGEST_NAME = 100;
const LONGEST_DESCRIPTION = 2000;
const MOST_RULES = 100;
const MOST_LEVELS = 20;
const MOST_STAGES = 50;
const MOST_POINTS = 1_000_000;
const LONGEST_DAYS = 36_500;
/** How many occurrences of a rule count at most, the newest: bounds what one person's score costs. */
export const MOST_OCCURRENCES = 1_000;
const GRADES = ['A', 'B', 'C', 'D', 'E', 'F'];
/** Of those below every grade. */
export const LAST_GRADE = 'F';

export const DEFAULT_GRADES = [{ grade: 'A', from: 80 }, { grade: 'B', from: 60 }, { grade: 'C', from: 40 }, { grade: 'D', from: 20 }];
export const DEFAULT_BUCKETS = [{ name: 'cold' }, { name: 'warm', from: 30 }, { name: 'hot', from: 70 }];
export const DEFAULT_STAGES: Required<StageDefinition> = {
	stages: ['subscriber', 'lead', 'MQL', 'SQL', 'customer', 'evangelist'].map((name) => ({ name })),
	alsoAllowed: [],
};

/** A plain {event, filters?}: what may count each occurrence, decay and expire. null: a condition, which holds or does not. */
export function eventOf(when: SegmentRule): EventMatch | null {
	if (!('event' in when)) return null;
	const { event, filters, ...rest } = when;
	if (Object.values(rest).some((value) => value !== undefined)) return null;
	return filters === undefined ? { event } : { event, filters };
}

/** The model with everything said that may be left out. Throws BAD_INPUT and RULE_INVALID with what to do. */
export function checkModel(given: ScoreModel): Required<ScoreModel> {
	if (typeof given !== 'object' || given === null) throw bad('A score model is an object with a name and rules.');
	const stray = Object.keys(given).find((key) => !['name', 'description', 'rules', 'grades', 'buckets', 'bucketBy'].includes(key));
	if (stray !== undefined) throw bad(`"${stray.slice(0, 60)}" means nothing in a score model: it takes name, description, rules, grades, buckets, bucketBy.`);
	const { name, description = '', rules, grades = DEFAULT_GRADES, buckets = DEFAULT_BUCKETS, bucketBy = 'total' } = given;
	checkName(name, 'A score model');
	if (typeof description !== 'string' || description.length > LONGEST_DESCRIPTION) throw bad(`The description of a score model is a text of at most ${LONGEST_DESCRIPTION} characters.`);
	if (!Array.isArray(rules) || rules.length > MOST_RULES) throw bad(`The rules of a score model are a list of at most ${MOST_RULES}.`);
	for (const rule of rules) checkScoreRule(rule);
	noneTwice(rules.map((rule) => rule.name), 'rule');
	checkGrades(grades);
	checkBuckets(buckets);
	if (bucketBy !== 'total' && bucketBy !== 'engagement') throw bad('"bucketBy" of a score model is "total" or "engagement".');
	return { name, description, rules, grades, buckets, bucketBy };
}

function checkScoreRule(rule: PointsRule): void {
	if (typeof rule !== 'object' || rule === null) throw bad('Each rule of a score model is an object with name, group, points and when.');
	checkName(rule.name, 'Each rule of a score model');
	const at = `The rule "${rule.name}"`;
	const stray = Object.keys(rule).find((key) => !['name', 'group', 'points', 'when', 'mode', 'cap', 'decay', 'expiresAfterDays'].includes(key));
	if (stray !== undefined) throw bad(`"${stray.slice(0, 60)}" means nothing in ${at.toLowerCase()}: it takes name, group, points, when, mode, cap, decay, expiresAfterDays.`);
	if (rule.group !== 'fit' && rule.group !== 'engagement') throw bad(`${at} needs a group: "fit" (who they are) or "engagement" (what they do).`);
	if (!isPoints(rule.points)) throw bad(`${at} needs points: a number from -${MOST_POINTS} to ${MOST_POINTS} with at most two decimals.`);
	if (rule.mode !== undefined && rule.mode !== 'once' && rule.mode !== 'perOccurrence') throw bad(`${at}: the mode is "once" or "perOccurrence".`);
	const reach = checkRule(rule.when);
	if (reach.scores.size > 0) throw invalid(`${at} asks for a score or a stage: scores would go round in circles. Ask for what the other score is made of.`);
	const event = eventOf(rule.when);
	if (event === null) {
		if (rule.mode === 'perOccurrence' || rule.cap !== undefined || rule.decay !== undefined || rule.expiresAfterDays !== undefined) {
			throw bad(`${at}: only a plain event (its name and property filters) can count each occurrence, be capped, decay or expire. A condition gives its points while it holds.`);
		}
		return;
	}
	checkEventMatch(event);
	checkCap(rule, at);
	if (rule.decay !== undefined && !isDays(rule.decay?.halfLifeDays)) throw bad(`${at}: the half-life is a number of days above 0 and up to ${LONGEST_DAYS}.`);
	if (rule.expiresAfterDays !== undefined && !isDays(rule.expiresAfterDays)) throw bad(`${at}: "expires after" is a number of days above 0 and up to ${LONGEST_DAYS}.`);
}

function checkCap({ cap, mode }: PointsRule, at: string): void {
	if (cap === undefined) return;
	if (typeof cap !== 'object' || cap === null || Object.keys(cap).some((key) => key !== 'occurrences' && key !== 'points')) throw bad(`${at}: a cap is an object with occurrences, points or both.`);
	if (mode !== 'perOccurrence') throw bad(`${at}: a cap goes with the mode "perOccurrence"; once is once.`);
	if (cap.occurrences !== undefined && !(Number.isInteger(cap.occurrences) && cap.occurrences >= 1 && cap.occurrences <= MOST_OCCURRENCES)) throw bad(`${at}: the cap on occurrences is a whole number from 1 to ${MOST_OCCURRENCES}.`);
	if (cap.points !== undefined && !(isPoints(cap.points) && cap.points > 0)) throw bad(`${at}: the cap on points is a number above 0, also for negative points, with at most two decimals.`);
}

function checkGrades(grades: unknown): void {
	if (!Array.isArray(grades)) throw bad('The grades of a score model are a list such as [{"grade":"A","from":80}], best first.');
	const list = grades as Array<{ grade: string; from: number }>;
	list.forEach(({ grade, from }, n) => {
		if (!GRADES.includes(grade) || grade === LAST_GRADE) throw bad('A grade is one of A, B, C, D, E; F is whoever is below them all.');
		if (!isPoints(from)) throw bad(`The grade ${grade} needs the fit it begins at, a number with at most two decimals.`);
		const better = list[n - 1];
		if (better !== undefined && (better.from <= from || better.grade >= grade)) throw bad(`The grades go from A down, each from a lower fit than the one before: look at ${better.grade} and ${grade}.`);
	});
}

function checkBuckets(buckets: unknown): void {
	if (!Array.isArray(buckets) || buckets.length < 2 || buckets.length > MOST_LEVELS) throw bad(`The buckets of a score model are a list of 2 to ${MOST_LEVELS}, lowest first.`);
	const list = buckets as Array<{ name: string; from?: number }>;
	list.forEach((bucket, n) => {
		checkName(bucket?.name, 'Each bucket');
		if (n === 0) {
			if (bucket.from !== undefined) throw bad(`The lowest bucket, "${bucket.name}", has no "from": everybody below the next one is in it.`);
			return;
		}
		const lower = list[n - 1]?.from ?? Number.NEGATIVE_INFINITY;
		if (!isPoints(bucket.from) || bucket.from <= lower) throw bad(`The bucket "${bucket.name}" needs "from", a number above that of the bucket before it.`);
	});
	noneTwice(list.map((bucket) => bucket.name), 'bucket');
}

/** Throws BAD_INPUT and RULE_INVALID with what to do. */
export function checkStages(given: StageDefinition): Required<StageDefinition> {
	const stages = typeof given === 'object' && given !== null ? given.stages : undefined;
	if (!Array.isArray(stages) || stages.length === 0 || stages.length > MOST_STAGES) throw bad(`The stages are a list of 1 to ${MOST_STAGES}, first to last.`);
	for (const stage of stages) {
		checkName(stage?.name, 'Each stage');
		if (stage.when !== undefined && checkRule(stage.when).scores.has('')) throw invalid(`The rule of the stage "${stage.name}" asks for a stage: stages would go round in circles.`);
	}
	noneTwice(stages.map((stage) => stage.name.toLowerCase()), 'stage');
	const names = stages.map((stage) => stage.name);
	const { alsoAllowed = [] } = given;
	if (!Array.isArray(alsoAllowed)) throw bad('The moves that are also allowed are a list of { from, to }.');
	for (const move of alsoAllowed) {
		for (const name of [move?.from, move?.to]) if (!names.includes(name)) throw bad(`"${String(name).slice(0, 60)}" in the allowed moves is no stage of the list.`);
	}
	return {
		stages: stages.map(({ name, when }) => (when === undefined ? { name } : { name, when })),
		alsoAllowed: alsoAllowed.map(({ from, to }) => ({ from, to })),
	};
}

function noneTwice(names: string[], what: string): void {
	const twice = names.find((name, n) => names.indexOf(name) !== n);
	if (twice !== undefined) throw bad(`Two are named "${twice}": the name of a ${what} is unique in its list.`);
}

function checkName(name: unknown, what: string): asserts name is string {
	if (typeof name !== 'string' || name.trim() === '' || name !== name.trim() || name.length > LONGEST_NAME || name.includes('\0')) {
		throw bad(`${what} needs a name of 1 to ${LONGEST_NAME} characters, without spaces around it.`);
	}
}

function isPoints(value: unknown): value is number {
	return typeof value === 'number' && Math.abs(value) <= MOST_POINTS && Math.abs(value * 100 - Math.round(value * 100)) < 1e-6;
}

function isDays(value: unknown): boolean {
	return typeof value === 'number' && value > 0 && value <= LONGEST_DAYS;
}

function bad(message: string): EngineError {
	return new EngineError('BAD_INPUT', message);
}

function invalid(message: string): EngineError {
	return new EngineError('RULE_INVALID', message);
}
