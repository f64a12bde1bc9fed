import { sql } from 'kysely';

import { eventMatchSql } from '../events';
import type { JourneyConfig } from '../journeys/types';
import { ruleBy, sentenceOf, type Segments } from '../segments';
import type { RuleSource, SegmentRule } from '../segments/types';
import type { Reader } from '../store';
import type { Qualification } from './types';

const MOST_CONDITIONS = 20;

/**
 * Whether what starts the journey is true of the person now, condition by condition. An event is asked for in their history: that it
 * came too early or from an import, where nobody enters by it, is said.
 */
export async function qualify(reader: Reader, segments: Pick<Segments, 'evaluateIn'>, config: JourneyConfig, since: number, profile: number): Promise<Qualification> {
	const started = await startHolds(reader, segments, config.entry, since, profile);
	const { audience } = config as JourneyConfig & { audience?: RuleSource };
	if (audience === undefined) return started;
	const inside = await conditionsFor(reader, segments, audience, profile);
	return { holds: started.holds === false || inside.holds === false ? false : started.holds, sentence: `${started.sentence} Only: ${inside.sentence}`, conditions: [...started.conditions, ...inside.conditions] };
}

async function startHolds(reader: Reader, segments: Pick<Segments, 'evaluateIn'>, entry: JourneyConfig['entry'], since: number, profile: number): Promise<Qualification> {
	switch (entry.kind) {
		case 'event': return await eventHappened(reader, entry.match, since, profile);
		case 'segment': {
			const left = entry.change === 'left';
			const { sentence, holds, conditions } = await conditionsFor(reader, segments, { name: entry.segment }, profile);
			const said = `It starts when somebody ${left ? 'leaves' : 'comes into'} "${entry.segment}": ${sentence}`;
			return left ? { holds: null, sentence: said, conditions } : { holds, sentence: said, conditions };
		}
		case 'score': {
			const rule: SegmentRule = entry.grade === undefined ? { bucket: entry.model, in: [entry.bucket ?? ''] } : { grade: entry.model, in: [entry.grade] };
			return await byRule(reader, segments, rule, `It starts the moment the ${entry.grade === undefined ? `bucket of "${entry.model}" becomes "${entry.bucket ?? ''}"` : `grade of "${entry.model}" becomes "${entry.grade}"`}.`, profile);
		}
		case 'stage': return await byRule(reader, segments, { stage: { in: [entry.stage] } }, `It starts the moment the stage becomes "${entry.stage}".`, profile);
		default: return { holds: null, sentence: `It starts by ${String((entry as { kind: string }).kind)}.`, conditions: [] };
	}
}

async function byRule(reader: Reader, segments: Pick<Segments, 'evaluateIn'>, rule: SegmentRule, sentence: string, profile: number): Promise<Qualification> {
	const { holds, conditions } = await conditionsFor(reader, segments, { rule }, profile);
	return { holds, sentence, conditions };
}

interface Conditions {
	holds: boolean;
	sentence: string;
	conditions: Qualification['conditions'];
}

async function conditionsFor(reader: Reader, segments: Pick<Segments, 'evaluateIn'>, by: RuleSource, profile: number): Promise<Conditions> {
	const rule = await ruleBy(reader, by);
	const holds = async (one: SegmentRule) => (await segments.evaluateIn(reader, { rule: one }, [profile])).length > 0;
	const parts = partsOf(rule).slice(0, MOST_CONDITIONS);
	const conditions: Qualification['conditions'] = [];
	for (const part of parts) conditions.push({ sentence: sentenceOf(part), holds: await holds(part) });
	return { holds: await holds(rule), sentence: sentenceOf(rule), conditions };
}

/** What has to hold together, taken apart as far as that goes. */
function partsOf(rule: SegmentRule): SegmentRule[] {
	return 'all' in rule ? rule.all.flatMap(partsOf) : [rule];
}

async function eventHappened(reader: Reader, match: Extract<JourneyConfig['entry'], { kind: 'event' }>['match'], since: number, profile: number): Promise<Qualification> {
	const rule: SegmentRule = { event: match.event, ...(match.filters === undefined || match.filters.length === 0 ? {} : { filters: match.filters }) };
	const told = (conditions: Qualification['conditions'], holds: boolean | null): Qualification => ({ holds, sentence: `It starts by what somebody does: ${sentenceOf(rule)}`, conditions });
	const row = await reader.first(sql<{ done: number; fitting: number; live: number; late: number }>`select count(*) as done,
			coalesce(sum(case when ${eventMatchSql(reader.dialect, match, 'ev')} then 1 else 0 end), 0) as fitting,
			coalesce(sum(case when ${eventMatchSql(reader.dialect, match, 'ev')} and ev.historical = 0 then 1 else 0 end), 0) as live,
			coalesce(sum(case when ${eventMatchSql(reader.dialect, match, 'ev')} and ev.historical = 0 and ev.received_at >= ${since} then 1 else 0 end), 0) as late
		from event ev where ev.profile = ${profile} and ev.name = ${match.event}`);
	const { done, fitting, live, late } = { done: Number(row?.done ?? 0), fitting: Number(row?.fitting ?? 0), live: Number(row?.live ?? 0), late: Number(row?.late ?? 0) };
	const name = `"${match.event}"`;
	if (done === 0) return told([{ sentence: `They have done ${name}.`, holds: false }], false);
	const did = { sentence: `They have done ${name}.`, holds: true };
	if (fitting === 0) return told([did, { sentence: 'One of these events fits the conditions of the trigger.', holds: false }], false);
	if (live === 0) return told([did, { sentence: 'One of these events arrived live: imports and events that arrive a day late start no journey.', holds: false }], false);
	if (late === 0) return told([did, { sentence: 'It happened after the journey was first published.', holds: false }], false);
	return told([did], true);
}
