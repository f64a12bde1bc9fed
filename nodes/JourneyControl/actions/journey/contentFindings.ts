import type { Engine, JourneyConfig, SegmentRule } from '../../../../engine';
import { bareAttributes, barePaths } from '../../check/content';
import type { Finding } from '../../check/finding';
import type { CheckedNode, Graph } from '../../check/graph';
import { kindOf, walkedNodes, writesLiquid } from '../../check/kinds';
import { sameLeg } from '../../check/references';
import type { Audience } from './audience';
import { counted } from './counted';

const CHECK = 'missing data';
const MOST_PATHS = 20;

/** Who gets the mails, where somebody can be counted. */
interface Readers {
	rule: SegmentRule;
	size: number;
}

/** What mails show without a default and some of their readers lack: attributes, and properties of the event that starts the journey. `readers` null: all people there are. */
export async function contentFindings(engine: Engine, senders: readonly CheckedNode[], config: JourneyConfig, readers: Readers | null): Promise<Finding[]> {
	const findings: Finding[] = [];
	for (const node of senders.filter(writesLiquid)) {
		for (const attribute of bareAttributes(node).slice(0, MOST_PATHS)) findings.push(...(await withoutAttribute(engine, node, attribute, readers)));
		for (const path of barePaths(node, 'event.properties').slice(0, MOST_PATHS)) findings.push(...(await withoutProperty(engine, node, path, config, readers)));
	}
	return findings;
}

async function withoutAttribute(engine: Engine, node: CheckedNode, attribute: string, readers: Readers | null): Promise<Finding[]> {
	const todo = `Give it a default, for example {{ profile.${attribute} | default: "there" }}, or ask for it with {% if profile.${attribute} %}.`;
	if (readers === null) {
		if ((await counted(engine, { attribute, operator: 'exists' })) !== 0) return [];
		return [{ level: 'warning', check: CHECK, node: node.name, message: `Nobody at all has a "${attribute}", which "${node.name}" writes into the message: there would be nothing in its place.`, todo: `Check its name, capitals included. ${todo}` }];
	}
	const people = await counted(engine, { all: [readers.rule, { attribute, operator: 'notExists' }] });
	if (typeof people === 'string' || people === 0) return [];
	return [{
		level: people === readers.size ? 'problem' : 'warning', check: CHECK, node: node.name, people, todo,
		message: `${people} of ${readers.size} people have no "${attribute}", which "${node.name}" writes into the message: there would be nothing in its place.`,
	}];
}

async function withoutProperty(engine: Engine, node: CheckedNode, path: string, { entry }: JourneyConfig, readers: Readers | null): Promise<Finding[]> {
	if (entry.kind !== 'event') {
		return [{
			level: 'problem', check: CHECK, node: node.name, message: `"${node.name}" writes "event.properties.${path}" into the message, but no event starts this journey: there would be nothing in its place.`,
			todo: `Take it from the person ({{ profile.… }}), or from what travels with the item ({{ item.event.properties.${path} }}).`,
		}];
	}
	if (readers === null) return [];
	const { event } = entry.match;
	const people = await counted(engine, { all: [readers.rule, { none: [{ event, filters: [{ path, operator: 'exists' }] }] }] });
	if (typeof people === 'string' || people === 0) return [];
	return [{
		level: people === readers.size ? 'problem' : 'warning', check: CHECK, node: node.name, people, message: `${people} of ${readers.size} people have never done "${event}" with a "${path}", which "${node.name}" writes into the message: there would be nothing in its place.`,
		todo: `Check its name, capitals included. Give it a default, for example {{ event.properties.${path} | default: "" }}, or ask for it with {% if event.properties.${path} %}.`,
	}];
}

/** Steps that hand on the items they get, or begin with those that the engine makes. */
const PLAIN: ReadonlySet<string> = new Set(['journeyTrigger', 'journeyWait', 'journeyWaitForEvent', 'journeyJoin', 'journeyThrottle', 'segmentFilter', 'journeyBranch', 'journeyGoal']);

/** Mails that show a field of the item which items do not have there: behind a wait only what the trigger lets travel is left. */
export function itemFindings(graph: Graph, audiences: readonly Audience[]): Finding[] {
	const configs = audiences.flatMap(({ config }) => config ?? []);
	if (configs.length === 0) return [];
	const travel = new Set(['profileId', '_journey', 'event', 'cameWith', ...configs.flatMap(({ fields }) => fields)]);
	return walkedNodes(graph).filter(writesLiquid).flatMap((node) => {
		const leg = [...sameLeg(graph, node.name)].flatMap((name) => graph.nodes.get(name) ?? []).filter(({ disabled }) => !disabled);
		if (!leg.every((before) => PLAIN.has(kindOf(before)))) return [];
		const lost = barePaths(node, 'item').filter((path) => !travel.has(path.split('.')[0] ?? ''));
		return lost.map((path): Finding => ({
			level: 'problem', check: CHECK, node: node.name,
			message: `"${node.name}" writes "item.${path}" into the message, which no item has there: at a trigger and behind a wait people carry only what the Journey Trigger lets travel.`,
			todo: `Choose "${path.split('.')[0] ?? ''}" under Fields That Travel in the Journey Trigger, take it from the person ({{ profile.${path} }}), or make it between the last wait and this mail.`,
		}));
	});
}
