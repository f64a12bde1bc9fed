import { sql } from 'kysely';

import { EngineError } from '../kernel';
import { checkRule, conditionsOf } from '../segments';
import type { SegmentRule } from '../segments/types';
import type { Reader } from '../store';
import { parsed, readSaved, type Book, type KnownModel } from './book';
import { segmentsIn, writtenOut, type SavedSegment } from './borrowed';
import { LAST_GRADE } from './check';

/** As journeys/serve.ts takes a step for unserved. */
const UNPUBLISHED_AFTER_MS = 5 * 60_000;
const MOST_NAMED = 20;

/** What a published journey starts on. */
type Entry = { kind: 'score'; model: string; bucket?: string; grade?: string } | { kind: 'stage'; stage: string };

async function publishedJourneys(reader: Reader): Promise<Array<{ name: string; entry: Entry }>> {
	const rows = await reader.all(
		sql<{ name: string; config: unknown }>`select j.name, j.config from journey j where j.entry_kind in ('score', 'stage')
			and (select coalesce(max(b.updated_at), 0) from setting b where b.key = 'leader_beat') - j.beat_at <= ${sql.lit(UNPUBLISHED_AFTER_MS)} order by j.name`,
	);
	return rows.map(({ name, config }) => ({ name, entry: parsed<{ entry: Entry }>(config).entry }));
}

/** What steps of published workflows ask for, as rules: Segment Filter, Lead Score. */
async function publishedSteps(reader: Reader): Promise<Array<{ who: string; rule: SegmentRule }>> {
	const rows = await reader.all(
		sql<{ name: string; workflow: string; rules: unknown }>`select s.name, s.workflow, s.rules from step s where s.rules is not null
			and (select coalesce(max(b.updated_at), 0) from setting b where b.key = 'leader_beat') - s.beat_at <= ${sql.lit(UNPUBLISHED_AFTER_MS)} order by s.workflow, s.name`,
	);
	return rows.map(({ name, workflow, rules }) => ({ who: `the step "${name}" of the workflow ${workflow}`, rule: parsed<SegmentRule>(rules) }));
}

/**
 * Throws CONFLICT while a segment, a stage, a published journey or a step of one refers to the model. A name that an expression makes is
 * known to n8n alone: then people are held there with an error that names the model.
 */
export async function checkUnused(reader: Reader, { stages }: Book, name: string): Promise<void> {
	const users = (await readSaved(reader)).filter(({ rule, isList }) => !isList && checkRule(rule).scores.has(name)).map((segment) => `the segment "${segment.name}"`);
	users.push(...stages.rules.filter(({ reach }) => reach.scores.has(name)).map((stage) => `the stage "${stage.name}"`));
	users.push(...(await publishedJourneys(reader)).filter(({ entry }) => entry.kind === 'score' && entry.model === name).map((journey) => `the journey "${journey.name}"`));
	users.push(...(await publishedSteps(reader)).filter(({ rule }) => checkRule(rule, { inJourney: true }).scores.has(name)).map(({ who }) => who));
	if (users.length === 0) return;
	throw new EngineError('CONFLICT', `The score model "${name}" is used by ${users.slice(0, MOST_NAMED).join(', ')}. Change ${users.length === 1 ? 'it' : 'them'} first.`);
}

/**
 * What is silently without effect by now, for each model (by name) and for the stages (''): a rule that lends a segment which is gone,
 * and whoever asks for a bucket, grade or stage that there is no more. Saving is not refused for it, since one of the two has to
 * be changed first.
 */
export async function warningsOf(reader: Reader, { models, stages }: Book): Promise<(name: string) => string[]> {
	const saved = new Map((await readSaved(reader)).map((segment) => [segment.name, segment]));
	const warnings = new Map<string, string[]>();
	const warn = (of: string, text: string): void => void warnings.set(of, [...(warnings.get(of) ?? []), text]);
	for (const model of models) for (const { name, when } of model.model.rules) for (const text of lostIn(when, saved, (reach) => reach.scores.size === 0)) warn(model.name, `The rule "${name}" ${text}`);
	for (const { name, when } of stages.definition.stages) if (when !== undefined) for (const text of lostIn(when, saved, (reach) => !reach.scores.has(''))) warn('', `The stage "${name}" ${text}`);

	const byName = new Map(models.map((model) => [model.name, model]));
	const asking: Array<{ who: string; rule: SegmentRule }> = [
		...[...saved.values()].flatMap(({ name, rule, isList }) => (isList ? [] : [{ who: `The segment "${name}" asks for`, rule }])),
		...stages.definition.stages.flatMap(({ name, when }) => (when === undefined ? [] : [{ who: `The stage "${name}" asks for`, rule: when }])),
		...(await publishedJourneys(reader)).map(({ name, entry }) => ({ who: `The journey "${name}" starts on`, rule: asRule(entry) })),
		...(await publishedSteps(reader)).map(({ who, rule }) => ({ who: `${who.replace(/^t/, 'T')} asks for`, rule })),
	];
	for (const { who, rule } of asking) {
		for (const { of, what, names } of askedLevels(rule)) {
			const known = of === '' ? stages.places : levelNames(byName.get(of), what);
			for (const level of names) if (known?.has(level) === false) warn(of, `${who} the ${what} "${level}", which there is no more: nobody has it. Change one of the two.`);
		}
	}
	return (name) => warnings.get(name) ?? [];
}

/** Segments of a rule that cannot be had: such a condition holds for nobody. */
function lostIn(when: SegmentRule, saved: ReadonlyMap<string, SavedSegment>, fits: (reach: ReturnType<typeof checkRule>) => boolean): string[] {
	return segmentsIn(when).flatMap((name) => {
		if (!saved.has(name)) return [`asks for the segment "${name}", which there is no more: it holds for nobody. Change the rule.`];
		try {
			if (fits(checkRule(writtenOut({ segment: name }, saved)))) return [];
		} catch {
			// Written out it is larger than a rule may be.
		}
		return [`asks for the segment "${name}", which by now asks for a score or a stage itself: the rule holds for nobody. Change one of the two.`];
	});
}

function asRule(entry: Entry): SegmentRule {
	if (entry.kind === 'stage') return { stage: { in: [entry.stage] } };
	return entry.bucket === undefined ? { grade: entry.model, in: [entry.grade ?? ''] } : { bucket: entry.model, in: [entry.bucket] };
}

/** Levels that a rule asks for; `of`: a model, '' for stages. */
interface AskedLevels {
	of: string;
	what: 'bucket' | 'grade' | 'stage';
	names: readonly string[];
}

function askedLevels(rule: SegmentRule): AskedLevels[] {
	return [...conditionsOf(rule)].flatMap((shape): AskedLevels[] => {
		switch (shape.kind) {
			case 'bucket': return [{ of: shape.rule.bucket, what: shape.kind, names: shape.rule.in }];
			case 'grade': return [{ of: shape.rule.grade, what: shape.kind, names: shape.rule.in }];
			case 'stage': return [{ of: '', what: shape.kind, names: shape.rule.stage.in }];
			default: return [];
		}
	});
}

function levelNames(model: KnownModel | undefined, what: 'bucket' | 'grade' | 'stage'): ReadonlySet<string> | undefined {
	if (model === undefined) return undefined;
	return new Set(what === 'bucket' ? model.levels.buckets.names : [LAST_GRADE, ...model.levels.grades.names]);
}
