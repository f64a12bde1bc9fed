import type { Engine, JourneyConfig, RuleSource, SegmentRule } from '../../../../engine';
import { readConfig } from '../../../JourneyTrigger/config';
import type { CheckedNode, Graph } from '../../check/graph';
import { isTrigger } from '../../check/kinds';

const EVENT_DAYS = 30;

/** Who would be in the journey, as a rule that can be counted; null where nobody can say beforehand. */
export interface Audience {
	trigger: CheckedNode;
	config: JourneyConfig | null;
	/** Why the trigger's settings cannot be read as they stand. */
	trouble: string | null;
	rule: SegmentRule | null;
	/** What is counted, in words. */
	what: string;
}

export async function audiencesOf(engine: Engine, graph: Graph): Promise<Audience[]> {
	const audiences: Audience[] = [];
	for (const trigger of [...graph.nodes.values()].filter(isTrigger)) audiences.push(await audienceOf(engine, graph, trigger));
	return audiences;
}

async function audienceOf(engine: Engine, graph: Graph, trigger: CheckedNode): Promise<Audience> {
	let config: JourneyConfig;
	try {
		config = readConfig(graph.name, (name, fallback) => trigger.parameters[name] ?? fallback);
	} catch (error) {
		return { trigger, config: null, trouble: error instanceof Error ? error.message : String(error), rule: null, what: '' };
	}
	const { rule, what } = await startOf(engine, config);
	const { audience } = config;
	const only = audience === undefined ? null : await ruleOf(engine, audience);
	return { trigger, config, trouble: null, rule: rule === null ? null : only === null ? rule : { all: [rule, only] }, what };
}

async function startOf(engine: Engine, { entry }: JourneyConfig): Promise<{ rule: SegmentRule | null; what: string }> {
	switch (entry.kind) {
		case 'event': {
			const { event, filters } = entry.match;
			return { rule: { event, withinSeconds: EVENT_DAYS * 86_400, ...(filters === undefined || filters.length === 0 ? {} : { filters }) }, what: `did "${event}" in the last ${EVENT_DAYS} days` };
		}
		case 'segment': return { rule: await ruleOf(engine, { name: entry.segment }), what: entry.change === 'left' ? `are in "${entry.segment}" and would enter when they leave it` : `are in "${entry.segment}" now; only who comes into it enters` };
		case 'score': return { rule: entry.grade === undefined ? { bucket: entry.model, in: [entry.bucket ?? ''] } : { grade: entry.model, in: [entry.grade] }, what: 'have this level now; only whose level changes to it enters' };
		case 'stage': return { rule: { stage: { in: [entry.stage] } }, what: `are at the stage "${entry.stage}" now; only who comes to it enters` };
		case 'attribute': {
			const to: SegmentRule = { attribute: entry.attribute, ...(entry.to ?? { operator: 'exists' }) };
			return entry.to === undefined ? { rule: to, what: `have a "${entry.attribute}" now; whoever's changes enters` } : { rule: to, what: `have this "${entry.attribute}" now; only whose value changes to it enters` };
		}
		case 'consent': return { rule: { consent: entry.channel, ...(entry.topic === undefined ? {} : { topic: entry.topic }), state: entry.state }, what: 'have this consent now; only whose consent changes to it enters' };
		case 'message': return messageStart(entry);
		case 'date': return { rule: { attribute: entry.attribute, operator: 'exists' }, what: `have a "${entry.attribute}"; each enters when the day has come${entry.yearly ? ', every year' : ''}` };
		case 'area': {
			const { kind: _kind, attribute, event, property, ...circle } = entry;
			return { rule: { near: { ...circle, ...(event === undefined ? { attribute: attribute ?? 'location' } : { event, ...(property === undefined ? {} : { property }) }) } }, what: event === undefined ? 'are within the area now; only who comes into it enters' : `have been within the area by "${event}"; whoever comes into it enters` };
		}
		case 'schedule': return { rule: await ruleOf(engine, entry.people), what: `would enter if it were time now: ${'cron' in entry.when ? `it is on the schedule ${entry.when.cron}` : `it is at ${entry.when.at}`}` };
		case 'enroll': return { rule: null, what: '' };
	}
}

/** Silence is of those who were sent something. */
function messageStart({ happened, channel, workflow, step }: Extract<JourneyConfig['entry'], { kind: 'message' }>): { rule: SegmentRule; what: string } {
	const isSilence = happened === 'notOpened' || happened === 'notClicked';
	const rule: SegmentRule = {
		message: isSilence ? 'sent' : happened, withinSeconds: EVENT_DAYS * 86_400,
		...(channel === undefined ? {} : { channel }), ...(workflow === undefined ? {} : { workflow, ...(step === undefined ? {} : { step }) }),
	};
	return { rule, what: isSilence ? `were sent such a message in the last ${EVENT_DAYS} days; whoever does not react in time enters` : `had such a message ${happened === 'replied' ? 'replied to' : happened} in the last ${EVENT_DAYS} days` };
}

/** A name may be a segment's or a list's. */
async function ruleOf(engine: Engine, by: RuleSource): Promise<SegmentRule> {
	if ('rule' in by) return by.rule;
	return (await engine.lists.get(by.name)) === null ? { segment: by.name } : { list: by.name };
}
