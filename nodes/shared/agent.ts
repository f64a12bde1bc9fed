import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

type Operations = Record<string, readonly string[]>;

/** Operations by resource. */
export interface Guarded {
	/**
	 * What an AI agent does not get by being given the node as a tool: what cannot be taken back, what concerns many people at
	 * once, and what lifts a no. Whoever builds the workflow allows each one; the model cannot, since the switch takes no expression.
	 */
	switched: Operations;
	/** What takes or gives a file: n8n hands an agent's tool none, and throws away those that it puts out. */
	files?: Operations;
}

const SWITCH = 'agentMayDoThis';

/** n8n makes a second type of each node that is usable as a tool, with this at the end of its name. In n8n 2.41.1 isToolExecution() is false for tools of its newer agents. */
export function isTool(context: IExecuteFunctions): boolean {
	return context.getNode().type.endsWith('Tool');
}

/** Shown only where the node is an agent's tool. */
export function agentFields(guarded: Guarded): INodeProperties[] {
	const filed = Object.entries(guarded.files ?? {}).map(([resource, operations]): INodeProperties => ({
		displayName: 'Agents can neither give nor take files: use this operation as a node of a workflow instead.',
		name: 'agentNotice',
		type: 'notice',
		displayOptions: { show: { '@tool': [true], resource: [resource], operation: [...operations] } },
		default: '',
	}));
	const switched = Object.entries(guarded.switched).flatMap(([resource, operations]): INodeProperties[] => {
		const displayOptions = { show: { '@tool': [true], resource: [resource], operation: [...operations] } };
		return [
			{
				displayName: 'This cannot be taken back, concerns many people at once, or decides who may be written to. A text that the agent reads may try to talk it into doing so: let a person review each call, or fill in the fields yourself.',
				name: 'agentNotice',
				type: 'notice',
				displayOptions,
				default: '',
			},
			{
				displayName: 'Let the Agent Do This',
				name: SWITCH,
				type: 'boolean',
				noDataExpression: true,
				displayOptions,
				default: false,
				description: 'Whether the agent may use this operation. While it is off, each call ends with an error and nothing changes.',
			},
		];
	});
	return [...filed, ...switched];
}

/** Throws when an agent calls what nobody has allowed it. */
export function refuseAgent(context: IExecuteFunctions, guarded: Guarded, resource: string, operation: string): void {
	if (!isTool(context)) return;
	if (guarded.files?.[resource]?.includes(operation) === true) {
		throw new NodeOperationError(context.getNode(), 'Agents can neither give nor take files', {
			itemIndex: 0,
			description: 'Use this operation as a node of a workflow instead.',
		});
	}
	// As it was saved: an expression could be the model's own words.
	const isAllowed = context.getNode().parameters[SWITCH] === true;
	if (isAllowed || guarded.switched[resource]?.includes(operation) !== true) return;
	throw new NodeOperationError(context.getNode(), 'The agent is not allowed to do this', {
		itemIndex: 0,
		description: "Nothing was changed. Whoever built this workflow can turn on 'Let the Agent Do This' in the tool.",
	});
}
