import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INode, ITriggerFunctions, Workflow } from 'n8n-workflow';

import { goesOn, targetsOf, walked } from './canvas';
import { isStep } from './family';
import { workflowOf } from './runtime';

/**
 * n8n's setting "Execute Once" gives a node the first item and throws the others away: of a batch of 500 people 499 would
 * be lost, and their execution would still be a success. So it is refused, on our nodes and on others that stand between
 * two of ours, when the workflow is published and again when the people come; they are then held. A node of another
 * kind on a branch of its own, behind which no step of a journey stands, may have it: one message for a whole batch is
 * what it is for.
 */
export function refuseExecuteOnce(context: IExecuteFunctions | ITriggerFunctions): void {
	const node = context.getNode();
	const culprit = node.executeOnce === true ? node : executeOnceAhead(workflowOf(context), node.name);
	if (culprit === null) return;
	throw new NodeOperationError(node, `"${culprit.name}" would handle one person of a batch and lose the others`, {
		description: `Turn off Execute Once in the settings of "${culprit.name}": many people travel in one execution, and it passes on the first of them only.`,
	});
}

/** A node with Execute Once between this one and the next park, behind which a node of ours stands. */
function executeOnceAhead(workflow: Workflow | undefined, nodeName: string): INode | null {
	if (!workflow) return null;
	const targets = (name: string) => targetsOf(workflow, name);
	const leadsOn = (name: string) => [...walked([name], targets)].some((behind) => isStep(workflow.nodes[behind]?.type ?? ''));
	const ahead = [...walked(targets(nodeName), (name) => (goesOn(workflow.nodes[name]) ? targets(name) : []))];
	return ahead.flatMap((name) => workflow.nodes[name] ?? []).find((node) => node.executeOnce === true && !node.disabled && leadsOn(node.name)) ?? null;
}
