import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { parseJson } from '../../shared/json';
import { workflowOf } from '../../shared/runtime';

/** Which workflow an operation reads: n8n lets a node see only its own, others come in as data. */
export function workflowFromFields(displayOptions: IDisplayOptions): INodeProperties[] {
	return [
		{
			displayName: 'Workflow From',
			name: 'workflowFrom',
			type: 'options',
			noDataExpression: true,
			displayOptions,
			options: [
				{ name: 'Incoming Item', value: 'item', description: "A workflow as n8n's own node n8n puts it out: Workflow: Get, or Get Many" },
				{ name: 'JSON', value: 'json', description: 'What Download or Copy gives in the editor' },
				{ name: 'This Workflow', value: 'this', description: 'The one that this node stands in, as it runs now' },
			],
			default: 'this',
			description: 'Which workflow to look at. n8n lets a node read only its own; others come in as data.',
		},
		{
			displayName: 'Workflow JSON',
			name: 'workflowJson',
			type: 'json',
			displayOptions: { show: { ...displayOptions.show, workflowFrom: ['json'] } },
			required: true,
			default: '',
			placeholder: 'e.g. {"nodes": […], "connections": {…}}',
			description: 'The whole workflow',
		},
	];
}

/** The workflow's JSON, which has nodes and connections. Throws with the item's index. */
export function workflowJsonOf(context: IExecuteFunctions, index: number): Record<string, unknown> {
	const from = context.getNodeParameter('workflowFrom', index) as string;
	const given: unknown = from === 'this' ? thisWorkflow(context) : from === 'json' ? pasted(context.getNodeParameter('workflowJson', index)) : context.getInputData()[index]?.json;
	if (typeof given === 'object' && given !== null && 'nodes' in given && Array.isArray(given.nodes)) return given as Record<string, unknown>;
	throw new NodeOperationError(context.getNode(), 'This is no workflow', {
		itemIndex: index,
		description: 'It has no list of nodes. Use what Download gives in the editor, or what n8n’s own node n8n puts out for Workflow: Get.',
	});
}

/** The drawing that this execution runs; in the editor, what is on the canvas. */
function thisWorkflow(context: IExecuteFunctions): Record<string, unknown> {
	const running = workflowOf(context);
	const { id, name } = context.getWorkflow();
	return { id: String(id ?? ''), name: name ?? '', nodes: Object.values(running?.nodes ?? {}), connections: running?.connectionsBySourceNode ?? {}, ...(running?.settings === undefined ? {} : { settings: running.settings }) };
}

function pasted(given: unknown): unknown {
	return typeof given === 'string' ? parseJson(given) : given;
}
