import type { INodeProperties } from 'n8n-workflow';

import { EngineError } from '../../../engine';
import type { EngineContext } from '../engine';
import { workflowNodesOf } from '../runtime';
import { nameIn, nameLocator } from './locator';

/** A step of this very workflow that sends messages. Read it with messageStepIn(). `empty`: what an empty one means. */
export function messageStepField(description: string, displayOptions?: INodeProperties['displayOptions'], empty = 'any step'): INodeProperties {
	return nameLocator({
		displayName: 'Message Step', name: 'messageStep', list: 'searchMessageSteps', placeholder: 'e.g. Journey Email',
		description: `${description} From the list (once the workflow has been published), or by the name of the node. Empty: ${empty}.`,
		...(displayOptions ? { displayOptions } : {}),
	});
}

/** Node id of the step; '' for any. Throws BAD_INPUT when this workflow has no such node. */
export function messageStepIn(context: EngineContext, value: unknown): string {
	const name = nameIn(value);
	if (name === '') return '';
	const nodes = workflowNodesOf(context);
	const node = nodes.find(({ id }) => id === name) ?? nodes.find((one) => one.name === name);
	if (node !== undefined) return node.id;
	throw new EngineError('BAD_INPUT', `There is no node "${name}" in this workflow. Choose the step from the list under Message Step, or type the name of its node.`);
}
