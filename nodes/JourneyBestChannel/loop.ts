import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INode, Workflow } from 'n8n-workflow';

import { channelsOf, FIRST_CHANNEL, loopFaults } from '../shared/bestChannels';
import { behind, drawnIn } from '../shared/loops';
import { workflowOf } from '../shared/runtime';

/** The channel from behind whose output these items come; undefined: they come to this step, or out of its park. */
export function cameFrom(context: IExecuteFunctions): string | undefined {
	const workflow = workflowOf(context);
	const before = sourceOf(context);
	if (workflow === undefined || before === null) return undefined;
	const { name, parameters } = context.getNode();
	return channelsOf(parameters).find((_, n) => behind(drawnIn(workflow), name, FIRST_CHANNEL + n).has(before));
}

/** n8n's own emission has none. */
function sourceOf(context: IExecuteFunctions): string | null {
	try {
		return context.getInputSourceData().previousNode;
	} catch {
		return null;
	}
}

/** Throws a NodeOperationError where somebody would be lost behind an output, or sent to by another channel than the panel says. */
export function checkLoops(workflow: Workflow | undefined, node: INode): void {
	const [fault] = workflow === undefined ? [] : loopFaults(drawnIn(workflow), node.name);
	if (fault !== undefined) throw new NodeOperationError(node, fault.message, { description: fault.todo });
}
