import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INode, ITriggerFunctions, Workflow } from 'n8n-workflow';

import { reachedFrom, targetsByOutput, targetsOf, walked } from '../shared/canvas';
import { nameOf } from '../shared/family';
import { workflowOf } from '../shared/runtime';

/** The line that these items came by: the node it comes from, by its id, which stays when it is renamed, and the output. */
export function pathOf(context: IExecuteFunctions): string {
	const source = context.getInputSourceData();
	return pathFrom(workflowOf(context)?.nodes[source.previousNode] ?? null, source.previousNode, source.previousNodeOutput ?? 0);
}

function pathFrom(node: INode | null, name: string, output: number): string {
	return `${node?.id ?? name}:${output}`;
}

/** The lines into the node; without those that no Journey Trigger leads to, by which nobody can come. */
function linesInto(workflow: Workflow, name: string): Set<string> {
	const nodes = Object.values(workflow.nodes);
	const triggers = nodes.filter(({ type }) => nameOf(type) === 'journeyTrigger').map((trigger) => trigger.name);
	const walkedBy = walked(triggers, (one) => targetsOf(workflow, one));
	const linesFrom = (from: readonly INode[]) => from.flatMap((node) => targetsByOutput(workflow, node.name).flatMap((targets, output) => (targets.includes(name) ? [pathFrom(node, node.name, output)] : [])));
	const reached = linesFrom(nodes.filter((node) => walkedBy.has(node.name)));
	return new Set(reached.length > 0 ? reached : linesFrom(nodes));
}

/** How many different paths have to arrive, as the canvas and the panel are now. */
export function needOf(context: IExecuteFunctions | ITriggerFunctions): { needed: number; lines: number } {
	const workflow = workflowOf(context);
	const lines = workflow === undefined ? 0 : linesInto(workflow, context.getNode().name).size;
	const { continueWhen = 'all', paths = 2 } = context.getNode().parameters;
	if (continueWhen === 'first') return { needed: 1, lines };
	return { needed: continueWhen === 'number' ? Math.max(1, Math.trunc(Number(paths) || 2)) : Math.max(1, lines), lines };
}

/** Throws a NodeOperationError where people could only ever leave by Timed Out, or nothing is joined. */
export function publishedNeed(context: ITriggerFunctions): number {
	const { needed, lines } = needOf(context);
	const node = context.getNode();
	if (needed > lines) {
		throw new NodeOperationError(node, `"${node.name}" waits for ${needed} paths, but ${lines} ${lines === 1 ? 'line leads' : 'lines lead'} into it`, {
			description: 'Everybody would leave by Timed Out. Connect the other paths to its input, or lower Paths.',
		});
	}
	if (lines < 2) {
		throw new NodeOperationError(node, `"${node.name}" joins nothing: one line leads into it`, {
			description: 'Connect each path that is to meet to its input by a line of its own, from the last node of the path. Paths that meet in a node before would count as one.',
		});
	}
	return needed;
}

/** Node ids of the other Journey Joins behind this one: of two at which a person waits, the one that leads to the other gives way first. */
export function joinsAhead(context: IExecuteFunctions): string[] {
	const workflow = workflowOf(context);
	if (workflow === undefined) return [];
	return [...reachedFrom(workflow, context.getNode().name)].flatMap((name) => {
		const node = workflow.nodes[name];
		return node !== undefined && !node.disabled && nameOf(node.type) === 'journeyJoin' ? [node.id] : [];
	});
}
