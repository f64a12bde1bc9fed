import '../harness/environment';

import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INode, INodeExecutionData, INodeParameters, INodeType, INodeTypeDescription } from 'n8n-workflow';

import { errorOf, outputOf, TestN8n } from '../harness/n8n';
import { defaulted } from './desk';

interface Tool {
	name: string;
	description: string;
	invoke(given: object): Promise<string>;
}

/** Calls its one tool with the words of its item, as a model would; n8n-core makes the tool of the node. */
class Agent implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Agent', name: 'agent', group: ['transform'], version: 1, description: 'Calls its tool', defaults: { name: 'Agent' },
		inputs: [{ type: NodeConnectionTypes.Main }, { type: NodeConnectionTypes.AiTool }], outputs: [NodeConnectionTypes.Main], properties: [],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const [tool] = (await this.getInputConnectionData(NodeConnectionTypes.AiTool, 0)) as Tool[];
		if (tool === undefined) throw new Error('The agent has no tool.');
		const answer = await tool.invoke(this.getInputData()[0]?.json ?? {});
		return [[{ json: { tool: tool.description, answer: JSON.parse(answer) as object[] }, pairedItem: { item: 0 } }]];
	}
}

/** The second type that n8n makes of a node that is usable as a tool. Read in n8n 2.41.1: dist/tool-generation/ai-tools.js. */
export function asTool(node: INodeType): INodeType {
	const { usableAsTool, ...description } = node.description;
	if (usableAsTool !== true) throw new Error(`${description.name} is not usable as a tool.`);
	return Object.assign(Object.create(node) as INodeType, {
		description: { ...description, name: `${description.name}Tool`, displayName: `${description.displayName} Tool`, inputs: [], outputs: [NodeConnectionTypes.AiTool] },
	});
}

/** What an agent is answered by a node as its tool, or the error that it is told. */
export async function callTool(node: INodeType, parameters: INodeParameters, words: Record<string, unknown> = {}): Promise<{ tool: string; answer: Array<Record<string, unknown>> } | { error: string }> {
	const tool = asTool(node);
	const type = `n8n-nodes-journeys.${tool.description.name}`;
	const n8n = new TestN8n(
		{
			nodes: [{ name: 'Start', type: 'n8n-nodes-base.start' }, { name: 'Agent', type: 'agent' }, { name: 'The Tool', type }],
			edges: [['Start', 'Agent']],
			tools: { Agent: ['The Tool'] },
		},
		{ agent: new Agent(), [type]: tool },
	);
	const placed: INode = n8n.nodeNamed('The Tool');
	placed.parameters = defaulted(tool, parameters, placed);
	const run = await n8n.execute('Start', [{ json: words as INodeExecutionData['json'] }]);
	const error = errorOf(run);
	if (error !== undefined) return { error: [error.message, error.description].filter(Boolean).join(' ') };
	return outputOf(run, 'Agent')[0]?.json as { tool: string; answer: Array<Record<string, unknown>> };
}
