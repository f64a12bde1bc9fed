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
	const { audience } = config as JourneyConfig & { audience?: RuleSource };
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
		default: {
			const { people } = entry as { people?: RuleSource };
			return people === undefined ? { rule: null, what: '' } : { rule: await ruleOf(engine, people), what: 'would enter at the next time of the schedule' };
		}
	}
}

/** A name may be a segment's or a list's. */
async function ruleOf(engine: Engine, by: RuleSource): Promise<SegmentRule> {
	if ('rule' in by) return by.rule;
	return (await engine.lists.get(by.name)) === null ? { segment: by.name } : { list: by.name };
}
