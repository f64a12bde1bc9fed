import type { Engine, SegmentRule } from '../../../../engine';
import { nameIn } from '../../../shared/fields';
import type { Finding } from '../../check/finding';
import { nextOf, reached, type CheckedNode, type Graph } from '../../check/graph';
import { channelOf, GATE, kindOf } from '../../check/kinds';
import type { Audience } from './audience';
import { contentFindings, itemFindings } from './contentFindings';
import { counted } from './counted';
import { isOwn, longWaits, vainWaits, waitsThatAreOver } from './waitFindings';

/** These need a yes to the channel or the topic; elsewhere only a no counts. */
const OPT_IN: readonly string[] = ['sms', 'whatsapp'];

/** What only the people can tell: how many there are, who may not be written to, whose data is missing, what is waited for in vain. Counted, not guessed from a sample. */
export async function peopleFindings(engine: Engine, graph: Graph, audiences: readonly Audience[]): Promise<Finding[]> {
	const findings: Finding[] = [];
	for (const audience of audiences) findings.push(...(await aboutAudience(engine, graph, audience)));
	findings.push(...itemFindings(graph, audiences), ...(await vainWaits(engine, graph)), ...longWaits(graph), ...waitsThatAreOver(graph, Date.now()));
	return findings;
}

async function aboutAudience(engine: Engine, graph: Graph, audience: Audience): Promise<Finding[]> {
	const { trigger, config, trouble, rule, what } = audience;
	if (config === null) return [{ level: 'problem', check: 'trigger', node: trigger.name, message: trouble ?? '', todo: 'Fill in the Journey Trigger; without that it cannot be published.' }];
	const findings = noExit(graph, audience);
	if (config.entry.kind === 'enroll') {
		findings.push({ level: 'note', check: 'audience', node: trigger.name, message: 'Nobody comes into this journey by themselves: only Journey Control: Enroll puts people in.', todo: 'Make sure that another workflow does, or choose another start in the Journey Trigger.' });
	}
	const senders = [...reached([trigger.name], (name) => nextOf(graph, name))].flatMap((name) => graph.nodes.get(name) ?? []).filter((node) => channelOf(node) !== undefined && !node.disabled);
	if (rule === null) return [...findings, ...(await contentFindings(engine, senders, config, null))];
	const size = await counted(engine, rule);
	if (typeof size === 'string') return [...findings, { level: 'problem', check: 'audience', node: trigger.name, message: size, todo: 'Choose what exists in the Journey Trigger, or make it with Profile Engine.' }];
	const inVain = size === 0 && !(config.entry.kind === 'event' && isOwn(config.entry.match.event) && config.audience === undefined);
	findings.push({ level: inVain ? 'warning' : 'note', check: 'audience', node: trigger.name, people: size, message: `${size} people ${what}.`, todo: inVain ? 'Check the name and the conditions in the Journey Trigger: they may never hold.' : 'Compare it with what you expect before you publish.' });
	if (size > 0) for (const node of senders) findings.push(...(await withoutConsent(engine, node, channelOf(node) ?? '', rule, size)));
	return [...findings, ...(await contentFindings(engine, senders, config, size === 0 ? null : { rule, size }))];
}

function noExit(graph: Graph, { trigger, config }: Audience): Finding[] {
	const ends = config?.exitOn !== undefined || Object.keys(config?.exits ?? {}).length > 0 || (config?.goals ?? []).some(({ exit }) => exit === true);
	const behind = [...reached([trigger.name], (name) => nextOf(graph, name))].flatMap((name) => graph.nodes.get(name) ?? []);
	if (ends || !behind.some((node) => !node.disabled && goesOnSending(graph, node)) || behind.some((node) => kindOf(node) === 'journeyExit' && !node.disabled)) return [];
	return [{ level: 'warning', check: 'no exit', node: trigger.name, message: 'Nothing takes people out early: who has bought, or is no longer meant, gets all the messages that follow.', todo: 'Turn on Exit on an Event in the Journey Trigger, or put a Segment Filter and a Journey Exit in front of the later messages.' }];
}

/** A wait behind which all get messages. One for an event that has them behind one of its outputs only sorts people itself. */
function goesOnSending(graph: Graph, wait: CheckedNode): boolean {
	if (!/^journeyWait/.test(kindOf(wait))) return false;
	const sends = (output?: number) => nextOf(graph, wait.name, output).some((next) => [next, ...[...reached([next.name], (name) => nextOf(graph, name))].flatMap((name) => graph.nodes.get(name) ?? [])].some((node) => channelOf(node) !== undefined && !node.disabled));
	return kindOf(wait) === 'journeyWaitForEvent' ? sends(0) && sends(1) : sends();
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
		todo: `They go on by ${kindOf(node) === GATE ? 'Done, with the status "skipped"' : 'Not Sent'}. Lead them on to another channel, or ask for consent first (Profile Engine: Consent: Request Double Opt-In).`,
	}];
}
