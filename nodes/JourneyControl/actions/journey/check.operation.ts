import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { toNodeError } from '../../../shared/errors';
import { checkGraph } from '../../check/check';
import type { Finding, Level } from '../../check/finding';
import { readGraph, type Graph } from '../../check/graph';
import { workflowFromFields, workflowJsonOf } from '../workflowFrom';
import { audiencesOf } from './audience';
import { peopleFindings } from './peopleFindings';
import { templateFindings } from './templateFindings';

const displayOptions = { show: { resource: ['journey'], operation: ['check'] } };

export const description: INodeProperties[] = [...workflowFromFields(displayOptions)];

const ORDER: readonly Level[] = ['problem', 'warning', 'note'];

/** One item a finding, the gravest first. Reads only. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index): Promise<IDataObject[]> => {
		const graph = graphFor(this, index);
		const findings = [...checkGraph(graph), ...(await templateFindings(engine, graph)), ...(await peopleFindings(engine, graph, await audiencesOf(engine, graph)))];
		const about = { workflow: graph.name, workflowId: graph.id };
		if (findings.length === 0) return [row({ level: 'note', check: 'all', node: '', message: 'Nothing was found.', todo: 'Try it with test people before you publish.' }, about)];
		return [...findings].sort((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level)).map((finding) => row(finding, about));
	});
}

/** Every row has the same columns. */
function row({ level, check, node, message, todo, people }: Finding, about: IDataObject): IDataObject {
	return { level, node, message, todo, check, people: people ?? null, ...about };
}

function graphFor(context: IExecuteFunctions, index: number): Graph {
	try {
		return readGraph(workflowJsonOf(context, index));
	} catch (error) {
		throw toNodeError(context.getNode(), error, index);
	}
}
