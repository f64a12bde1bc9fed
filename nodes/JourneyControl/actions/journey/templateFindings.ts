import type { Channel, Engine } from '../../../../engine';
import { keysIn, nameIn, templateNamed, variantTemplatesNamed } from '../../../shared/fields';
import type { Finding } from '../../check/finding';
import type { CheckedNode, Graph } from '../../check/graph';
import { channelOf, kindOf, walkedNodes, writesLiquid } from '../../check/kinds';

/** Senders whose template is not there to be sent: their people would wait. One that an expression names is known only with the items. */
export async function templateFindings(engine: Engine, graph: Graph): Promise<Finding[]> {
	const findings: Finding[] = [];
	for (const node of walkedNodes(graph).filter(writesLiquid)) {
		for (const key of keysOf(node.parameters, channelOf(node) as Channel)) findings.push(...(await findingsOf(engine, graph, node, key)));
	}
	return findings;
}

async function findingsOf(engine: Engine, graph: Graph, node: CheckedNode, key: string): Promise<Finding[]> {
	const problem = key === '' ? { kind: 'wrong' as const, what: 'no template is chosen' } : await problemOf(engine, key, channelOf(node) as Channel);
	if (problem === null) return [];
	const maker = problem.kind === 'notYet' ? publisherOf(graph, key) : undefined;
	if (maker === undefined) return [{ level: 'problem', check: 'template', node: node.name, message: `"${node.name}" sends nothing: ${problem.what}. People would wait there.`, todo: 'Make and publish it with Journey Content, or choose another one in the step.' }];
	const unsure = nameIn(maker.parameters.template ?? '').startsWith('=') ? ', if its expression names it' : '';
	return [{ level: 'note', check: 'template', node: node.name, message: `"${node.name}" sends the template "${key}", which is not published yet: "${maker.name}" of this workflow does that${unsure}.`, todo: 'Let that node run before people come, as n8n’s own trigger for the publishing of a workflow does.' }];
}

/** Of the step and of its variants; '': it asks for one and none is chosen. */
function keysOf(parameters: Readonly<Record<string, unknown>>, channel: Channel): string[] {
	const own = templateNamed(parameters, channel);
	return [...(own === '' && asksForTemplate(parameters, channel) ? [''] : []), ...keysIn([own, ...variantTemplatesNamed(parameters)])];
}

function asksForTemplate(parameters: Readonly<Record<string, unknown>>, channel: Channel): boolean {
	return templateNamed({ ...parameters, template: 'x', contentTemplate: 'x' }, channel) !== '';
}

/** notYet: publishing it would be enough. */
async function problemOf(engine: Engine, key: string, channel: Channel): Promise<{ kind: 'notYet' | 'wrong'; what: string } | null> {
	const template = await engine.templates.get(key);
	if (template === null) return { kind: 'notYet', what: `there is no template "${key}"` };
	if (template.channel !== channel) return { kind: 'wrong', what: `the template "${key}" is one of the channel ${template.channel}` };
	return template.published === null ? { kind: 'notYet', what: `the template "${key}" is not published` } : null;
}

/** The Journey Content of the same workflow that publishes it, such as those of journeys that set themselves up; which one an expression names only its items say. */
function publisherOf(graph: Graph, key: string): CheckedNode | undefined {
	const publishing = [...graph.nodes.values()].filter((node) => kindOf(node) === 'journeyContent' && !node.disabled && node.parameters.operation === 'publish');
	return publishing.find((node) => nameIn(node.parameters.template ?? '') === key) ?? publishing.find((node) => nameIn(node.parameters.template ?? '').startsWith('='));
}
