import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine, MadeOf, RuleSource, SmsEstimate, SmsEstimateRequest } from '../../../../engine';
import { drawnSms, type DrawnSms } from '../../../JourneySms/drawn';
import { JourneySms } from '../../../JourneySms/JourneySms.node';
import { pricesIn } from '../../../JourneySms/settings';
import { eachItem } from '../../../shared/eachItem';
import { toNodeError } from '../../../shared/errors';
import { nameIn } from '../../../shared/fields';
import { nextOf, reached, readGraph, type CheckedNode, type Graph } from '../../check/graph';
import { kindOf } from '../../check/kinds';
import { workflowJsonOf } from '../workflowFrom';
import { audiencesOf, type Audience } from './audience';
import { countryRows, stepRow, untoldRow, type About } from './estimateRows';

export { description } from './estimateFields';

/** One item a step, or a country of each: what its messages to everybody would come to. Reads only. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index): Promise<IDataObject[]> => {
		const graph = graphFor(this, index);
		const rows: IDataObject[] = [];
		for (const node of stepsOf(this, graph, index)) {
			for (const { audience, people } of await meant(this, engine, graph, node, index)) rows.push(...(await rowsOf(this, engine, { graph, node, audience, people, index })));
		}
		return rows;
	});
}

interface Asked {
	graph: Graph;
	node: CheckedNode;
	/** null: a segment was chosen, and no trigger leads to the step. */
	audience: Audience | null;
	people: RuleSource | null;
	index: number;
}

async function rowsOf(context: IExecuteFunctions, engine: Engine, { graph, node, audience, people, index }: Asked): Promise<IDataObject[]> {
	const drawn = await drawnSms(node, new JourneySms().description, engine);
	const currency = String(context.getNodeParameter('estimateCurrency', index, '') ?? '').trim() || (await engine.settings.get()).values.currency;
	const chosen = context.getNodeParameter('estimateAudience', index) === 'group';
	const about: About = { graph, step: node, trigger: audience?.trigger.name ?? null, currency, what: chosen ? '' : (audience?.what ?? '') };
	if (people === null) return [untoldRow(about, audience?.trouble ?? 'Nobody comes into this journey by themselves, so nobody knows yet who will: choose a segment or list as the people.')];
	if (drawn.made === null) return [untoldRow(about, 'An expression makes its text or names its template, item by item: how long it is only the items say.')];
	const told = await engine.messages.estimateSms({ ...requestOf(context, drawn, { graph, node, audience, people, index }), ...drawn.made } as MadeOf<SmsEstimateRequest>, context.getExecutionCancelSignal());
	tellPart(context, node, told);
	return context.getNodeParameter('estimateOutput', index) === 'countries' ? countryRows(about, told) : [stepRow(about, drawn.made.content ?? null, told)];
}

function requestOf(context: IExecuteFunctions, { made: _made, prices, ...drawn }: DrawnSms, { graph, node, audience, people, index }: Asked & { people: RuleSource }): Omit<SmsEstimateRequest, 'content'> {
	const most = Number(context.getNodeParameter('lookAtMost', index, 0));
	const percent = audience?.config?.holdout?.percent;
	return {
		...drawn, people, step: { workflow: graph.id, step: node.id, name: node.name, type: 'sms' },
		prices: { ...prices, ...pricesIn(context, context.getNodeParameter('prices', index, {}) as Parameters<typeof pricesIn>[1]) },
		...(audience === null ? {} : { journey: { name: audience.config?.name ?? graph.name, trigger: audience.trigger.id, ...(percent === undefined ? {} : { holdoutPercent: percent }) } }),
		...(most > 0 ? { lookAtMost: most } : {}),
	};
}

/** For each trigger whose people may come to the step; of a chosen segment once. */
async function meant(context: IExecuteFunctions, engine: Engine, graph: Graph, node: CheckedNode, index: number): Promise<Array<Pick<Asked, 'audience' | 'people'>>> {
	const leading = (await audiencesOf(engine, graph)).filter(({ trigger }) => reached([trigger.name], (name) => nextOf(graph, name)).has(node.name));
	if (context.getNodeParameter('estimateAudience', index) === 'group') {
		const name = nameIn(context.getNodeParameter('segment', index, ''));
		if (name === '') throw new NodeOperationError(context.getNode(), 'No segment is chosen', { itemIndex: index, description: "Choose one under 'Segment or List', or take the trigger's people." });
		return [{ audience: leading[0] ?? null, people: { name } }];
	}
	if (leading.length === 0) throw new NodeOperationError(context.getNode(), `No Journey Trigger leads to "${node.name}"`, { itemIndex: index, description: "Connect one with it, or choose a segment or list under 'People'." });
	return leading.map((audience) => ({ audience, people: audience.rule === null ? null : { rule: audience.rule } }));
}

function stepsOf(context: IExecuteFunctions, graph: Graph, index: number): CheckedNode[] {
	const wanted = String(context.getNodeParameter('smsStep', index, '') ?? '').trim();
	const all = [...graph.nodes.values()].filter((node) => kindOf(node) === 'journeySms' && !node.disabled);
	const steps = wanted === '' ? all : all.filter(({ name, id }) => name === wanted || id === wanted);
	if (steps.length > 0) return steps;
	throw new NodeOperationError(context.getNode(), wanted === '' ? 'This workflow has no Journey SMS' : `This workflow has no Journey SMS "${wanted}"`, {
		itemIndex: index, description: all.length === 0 ? "Choose under 'Workflow From' one that has; disabled nodes send nothing." : `It has ${all.map(({ name }) => `"${name}"`).join(', ')}.`,
	});
}

function tellPart(context: IExecuteFunctions, node: CheckedNode, { audience, lookedAt, marginPercent }: SmsEstimate): void {
	if (marginPercent === null) return;
	context.addExecutionHints({ location: 'outputPane', message: `"${node.name}": ${lookedAt} of ${audience} people were looked at and stand for all; the true number of segments is within ${marginPercent} % of it. Set 'Sample Size' to 0 for all.` });
}

function graphFor(context: IExecuteFunctions, index: number): Graph {
	try {
		return readGraph(workflowJsonOf(context, index));
	} catch (error) {
		throw toNodeError(context.getNode(), error, index);
	}
}
