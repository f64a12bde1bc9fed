import { ApplicationError } from 'n8n-workflow';

import type { Engine, EventMatch, SegmentRule } from '../../../../engine';
import { isEngineError } from '../../../../engine';
import { nameIn, readEventMatch } from '../../../shared/fields';
import { bareAttributes } from '../../check/content';
import type { Finding } from '../../check/finding';
import { nextOf, reached, type CheckedNode, type Graph } from '../../check/graph';
import { CHANNEL_OF, kindOf } from '../../check/kinds';
import type { Audience } from './audience';

/** These need a yes to the channel or the topic; elsewhere only a no counts. */
const OPT_IN: readonly string[] = ['sms', 'whatsapp'];
const MOST_ATTRIBUTES = 20;
const A_YEAR_MS = 366 * 86_400_000;

/** What only the people can tell: how many there are, who may not be written to, whose data is missing, what is waited for in vain. Counted, not guessed from a sample. */
export async function peopleFindings(engine: Engine, graph: Graph, audiences: readonly Audience[]): Promise<Finding[]> {
	const findings: Finding[] = [];
	for (const audience of audiences) findings.push(...(await aboutAudience(engine, graph, audience)));
	findings.push(...(await waitsForNothing(engine, graph)), ...longWaits(graph));
	return findings;
}

async function aboutAudience(engine: Engine, graph: Graph, audience: Audience): Promise<Finding[]> {
	const { trigger, config, trouble, rule, what } = audience;
	if (config === null) return [{ level: 'problem', check: 'trigger', node: trigger.name, message: trouble ?? '', todo: 'Fill in the Journey Trigger; without that it cannot be published.' }];
	const findings = noExit(graph, audience);
	if (rule === null) return findings;
	const size = await counted(engine, rule);
	if (typeof size === 'string') return [...findings, { level: 'problem', check: 'audience', node: trigger.name, message: size, todo: 'Choose what exists in the Journey Trigger, or make it with Profile Engine.' }];
	findings.push({ level: size === 0 ? 'warning' : 'note', check: 'audience', node: trigger.name, people: size, message: `${size} people ${what}.`, todo: size === 0 ? 'Check the name and the conditions in the Journey Trigger: they may never hold.' : 'Compare it with what you expect before you publish.' });
	if (size === 0) return findings;
	const behind = reached([trigger.name], (name) => nextOf(graph, name));
	for (const node of [...graph.nodes.values()].filter(({ name, disabled }) => behind.has(name) && !disabled)) {
		const channel = CHANNEL_OF[kindOf(node)];
		if (channel !== undefined) findings.push(...(await withoutConsent(engine, node, channel, rule, size)));
		if (kindOf(node) === 'journeyEmail') findings.push(...(await withoutAttributes(engine, node, rule, size)));
	}
	return findings;
}

/** The rule's number of people; a text says what is wrong with it. */
async function counted(engine: Engine, rule: SegmentRule): Promise<number | string> {
	return await engine.segments.count({ rule }).catch((error: unknown) => {
		if (isEngineError(error) && (error.code === 'RULE_INVALID' || error.code === 'NOT_FOUND')) return error.message;
		return Promise.reject(error instanceof Error ? error : new ApplicationError(String(error)));
	});
}

function noExit(graph: Graph, { trigger, config }: Audience): Finding[] {
	const settings = config as { exitOn?: unknown; exits?: object; goals?: Array<{ exit?: boolean }> } | null;
	const ends = settings?.exitOn !== undefined || Object.keys(settings?.exits ?? {}).length > 0 || (settings?.goals ?? []).some(({ exit }) => exit === true);
	const behind = [...reached([trigger.name], (name) => nextOf(graph, name))].flatMap((name) => graph.nodes.get(name) ?? []);
	const sends = behind.some((node) => kindOf(node) in CHANNEL_OF && !node.disabled);
	const waits = behind.some((node) => /^journeyWait/.test(kindOf(node)) && !node.disabled);
	if (ends || !sends || !waits || behind.some((node) => kindOf(node) === 'journeyExit' && !node.disabled)) return [];
	return [{ level: 'warning', check: 'no exit', node: trigger.name, message: 'Nothing takes people out early: who has bought, or is no longer meant, gets all the messages that follow.', todo: 'Turn on Exit on Event in the Journey Trigger, or put a Segment Filter and a Journey Exit in front of the later messages.' }];
}

async function withoutConsent(engine: Engine, node: CheckedNode, channel: string, audience: SegmentRule, size: number): Promise<Finding[]> {
	if ((node.parameters.purpose ?? 'marketing') !== 'marketing') return [];
	const topic = nameIn(node.parameters.topic ?? '');
	if (topic.startsWith('=')) return [];
	const said = (state: 'subscribed' | 'unsubscribed' | 'pending'): SegmentRule[] => [{ consent: channel, state }, ...(topic === '' ? [] : [{ consent: channel, topic, state } as SegmentRule])];
	const blocked: SegmentRule = { any: [...said('unsubscribed'), ...said('pending'), ...(OPT_IN.includes(channel) ? [{ none: said('subscribed') } as SegmentRule] : [])] };
	const people = await counted(engine, { all: [audience, blocked] });
	if (typeof people === 'string' || people === 0) return [];
	return [{
		level: people === size ? 'problem' : 'note', check: 'no consent', node: node.name, people,
		message: `${people} of ${size} people may not get "${node.name}": they have left ${channel}${topic === '' ? '' : ` or the topic "${topic}"`}, have not confirmed it${OPT_IN.includes(channel) ? ', or never agreed to it' : ''}.`,
		todo: 'They go on by Not Sent. Lead that output on to another channel, or ask for consent first (Profile Engine: Consent: Request).',
	}];
}

async function withoutAttributes(engine: Engine, node: CheckedNode, audience: SegmentRule, size: number): Promise<Finding[]> {
	const findings: Finding[] = [];
	for (const attribute of bareAttributes(node).slice(0, MOST_ATTRIBUTES)) {
		const people = await counted(engine, { all: [audience, { attribute, operator: 'notExists' }] });
		if (typeof people === 'string' || people === 0) continue;
		findings.push({
			level: people === size ? 'problem' : 'warning', check: 'missing data', node: node.name, people,
			message: `${people} of ${size} people have no "${attribute}", which "${node.name}" writes into the message: there would be nothing in its place.`,
			todo: `Give it a default, for example {{ profile.${attribute} | default: "there" }}, or ask for it with {% if profile.${attribute} %}.`,
		});
	}
	return findings;
}

/** Awaited events that nobody has ever done: everybody would time out. */
async function waitsForNothing(engine: Engine, graph: Graph): Promise<Finding[]> {
	const waits = [...graph.nodes.values()].filter((node) => kindOf(node) === 'journeyWaitForEvent' && !node.disabled).flatMap((node) => {
		const match = awaitedBy(node);
		return match === null ? [] : [{ node, match }];
	});
	const findings: Finding[] = [];
	for (const { node, match } of waits) {
		const people = await counted(engine, { event: match.event });
		if (typeof people === 'string' || people > 0) continue;
		findings.push({
			level: 'warning', check: 'wait that cannot end', node: node.name, people: 0,
			message: `"${node.name}" waits for "${match.event}", which nobody has ever done: as it stands everybody waits for the whole time-out.`,
			todo: 'Check the name of the event, capitals included (Profile Engine: Event: Catalog lists those that were seen).',
		});
	}
	return findings;
}

/** null: the event is chosen otherwise, by an expression, or not at all. */
function awaitedBy({ parameters }: CheckedNode): EventMatch | null {
	try {
		const match = readEventMatch(parameters.event ?? '', parameters.eventFilters ?? {});
		return match.event.startsWith('=') ? null : match;
	} catch {
		return null;
	}
}

const UNIT_MS: Readonly<Record<string, number>> = { seconds: 1000, minutes: 60_000, hours: 3_600_000, days: 86_400_000, weeks: 604_800_000 };

function longWaits(graph: Graph): Finding[] {
	return [...graph.nodes.values()].filter((node) => /^journeyWait(ForEvent)?$/.test(kindOf(node)) && !node.disabled).flatMap((node): Finding[] => {
		const isEvent = kindOf(node) === 'journeyWaitForEvent';
		const amount = Number(node.parameters[isEvent ? 'timeout' : 'amount'] ?? 0);
		const ms = amount * (UNIT_MS[String(node.parameters[isEvent ? 'timeoutUnit' : 'unit'] ?? 'days')] ?? 0);
		if (!(ms > A_YEAR_MS)) return [];
		return [{ level: 'warning', check: 'wait that cannot end', node: node.name, message: `"${node.name}" lasts for more than a year: in all likelihood nobody will see its end.`, todo: 'Check the number and its unit.' }];
	});
}
