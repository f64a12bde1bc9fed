import type { Channel, Engine } from '../../../../engine';
import { entriesIn, nameIn, templateNamed } from '../../../shared/fields';
import type { Finding } from '../../check/finding';
import type { Graph } from '../../check/graph';
import { channelOf, walkedNodes, writesLiquid } from '../../check/kinds';

/** Senders whose template is not there to be sent: their people would wait. One that an expression names is known only with the items. */
export async function templateFindings(engine: Engine, graph: Graph): Promise<Finding[]> {
	const findings: Finding[] = [];
	for (const node of walkedNodes(graph).filter(writesLiquid)) {
		const channel = channelOf(node) as Channel;
		for (const key of keysOf(node.parameters, channel)) {
			const problem = key === '' ? 'no template is chosen' : await problemOf(engine, key, channel);
			if (problem === null) continue;
			findings.push({ level: 'problem', check: 'template', node: node.name, message: `"${node.name}" sends nothing: ${problem}. People would wait there.`, todo: 'Make and publish it with Journey Content, or choose another one in the step.' });
		}
	}
	return findings;
}

/** Of the step and of its variants; '': it asks for one and none is chosen. */
function keysOf(parameters: Readonly<Record<string, unknown>>, channel: Channel): string[] {
	const own = templateNamed(parameters, channel);
	const chosen = own !== '' || asksForTemplate(parameters, channel) ? [own] : [];
	const varied = parameters.variants === 'abn' || parameters.variants === 'multivariate' ? entriesIn(parameters.variantList, 'variant').map(({ template }) => nameIn(template)).filter((key) => key !== '') : [];
	return [...new Set([...chosen, ...varied])].filter((key) => !key.startsWith('='));
}

function asksForTemplate(parameters: Readonly<Record<string, unknown>>, channel: Channel): boolean {
	return templateNamed({ ...parameters, template: 'x', contentTemplate: 'x' }, channel) !== '';
}

async function problemOf(engine: Engine, key: string, channel: Channel): Promise<string | null> {
	const template = await engine.templates.get(key);
	if (template === null) return `there is no template "${key}"`;
	if (template.channel !== channel) return `the template "${key}" is one of the channel ${template.channel}`;
	return template.published === null ? `the template "${key}" is not published` : null;
}
