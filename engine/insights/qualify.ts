import { sql } from 'kysely';

import { eventMatchSql } from '../events';
import type { JourneyConfig } from '../journeys/types';
import { ruleBy, sentenceOf, type Segments } from '../segments';
import type { RuleSource, SegmentRule } from '../segments/types';
import type { Reader } from '../store';
import { startInWords, startRule } from './entry-words';
import type { Qualification } from './types';

const MOST_CONDITIONS = 20;

/**
 * Whether what starts the journey is true of the person now, condition by condition. An event is asked for in their history: that it
 * came too early or from an import, where nobody enters by it, is said.
 */
export async function qualify(reader: Reader, segments: Pick<Segments, 'evaluateIn'>, config: JourneyConfig, since: number, profile: number): Promise<Qualification> {
	const started = await startHolds(reader, segments, config.entry, since, profile);
	const { audience } = config;
	if (audience === undefined) return started;
	const inside = await conditionsFor(reader, segments, audience, profile);
	return { holds: started.holds === false || inside.holds === false ? false : started.holds, sentence: `${started.sentence} Only: ${inside.sentence}`, conditions: [...started.conditions, ...inside.conditions] };
}

async function startHolds(reader: Reader, segments: Pick<Segments, 'evaluateIn'>, entry: JourneyConfig['entry'], since: number, profile: number): Promise<Qualification> {
	if (entry.kind === 'event') return await eventHappened(reader, entry.match, since, profile);
	const sentence = startInWords(entry);
	if (entry.kind === 'segment') {
		const { sentence: whose, holds, conditions } = await conditionsFor(reader, segments, { name: entry.segment }, profile);
		return { holds: entry.change === 'left' ? null : holds, sentence: `${sentence.replace(/\.$/, '')}: ${whose}`, conditions };
	}
	if (entry.kind === 'schedule') {
		const { sentence: whose, holds, conditions } = await conditionsFor(reader, segments, entry.people, profile);
		return { holds: holds ? null : false, sentence: `${sentence.replace(/\.$/, '')}: ${whose}`, conditions };
	}
	if (entry.kind === 'date') {
		const { holds, conditions } = await conditionsFor(reader, segments, { rule: { attribute: entry.attribute, operator: 'exists' } }, profile);
		return { holds: holds ? null : false, sentence, conditions };
	}
	const rule = startRule(entry);
	if (rule === null) return { holds: null, sentence, conditions: [] };
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
	const told = (conditions: Qualification['conditions'], holds: boolean | null): Qualification => ({ holds, sentence: startInWords({ kind: 'event', match }), conditions });
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
