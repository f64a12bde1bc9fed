import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INode, ISourceData, Workflow } from 'n8n-workflow';

import { targetsOf } from '../shared/canvas';
import { isStep } from '../shared/family';
import { isWait } from '../shared/foreignWaits';
import { behind, drawnIn, forkIn } from '../shared/loops';
import { runExecutionDataOf, workflowOf } from '../shared/runtime';

const DONE = 0;
const SEND = 1;

/** Whether these items come back from the nodes behind Send; else they have just come to this step. */
export function isAnswer(context: IExecuteFunctions): boolean {
	const workflow = workflowOf(context);
	return workflow !== undefined && behind(drawnIn(workflow), context.getNode().name, SEND).has(context.getInputSourceData().previousNode);
}

/** The runs of this node whose Send led to these items, back through the nodes of the loop; several behind a Merge. */
export function givenOutBy(context: IExecuteFunctions): Set<number> {
	const own = context.getNode().name;
	const runData = runExecutionDataOf(context)?.resultData.runData ?? {};
	const runs = new Set<number>();
	const seen = new Set<string>();
	const queue: Array<ISourceData | null> = [context.getInputSourceData()];
	for (let from = queue.shift(); from !== undefined; from = queue.shift()) {
		if (from === null) continue;
		const run = from.previousNodeRun ?? 0;
		const key = `${run} ${from.previousNode}`;
		if (seen.has(key)) continue;
		seen.add(key);
		if (from.previousNode === own) runs.add(run);
		else queue.push(...(runData[from.previousNode]?.[run]?.source ?? []));
	}
	return runs;
}

/** Throws a NodeOperationError where the loop behind Send would lose people, or cannot be told from the way behind Done. */
export function checkLoop(workflow: Workflow | undefined, node: INode): void {
	if (workflow === undefined) return;
	const drawn = drawnIn(workflow);
	const loop = behind(drawn, node.name, SEND);
	const refuse = (message: string, description: string): never => {
		throw new NodeOperationError(node, message, { description });
	};
	const leadsBack = [...loop].some((name) => targetsOf(workflow, name).includes(node.name));
	if (!leadsBack) refuse(`Nothing leads from Send back to "${node.name}"`, 'Connect the last node that sends back to the input of this one, as with Loop Over Items: so it learns that the message has been sent, and gives out the next person.');
	const forked = forkIn(drawn, node.name, SEND);
	if (forked !== null) refuse(`Two lines out of "${forked}" both lead back to "${node.name}"`, 'Each would bring an answer, and the second would be taken for that of the next person. Let one node come after the other.');
	const done = behind(drawn, node.name, DONE);
	const both = [...loop].find((name) => done.has(name));
	if (both !== undefined) refuse(`"${both}" stands behind Send and behind Done of "${node.name}"`, 'What comes back from there could be an answer or a person who has gone on. Give each its own nodes.');
	const step = [...loop].find((name) => isStep(workflow.nodes[name]?.type ?? ''));
	if (step !== undefined) refuse(`"${step}" stands in the loop behind Send of "${node.name}"`, 'Journey nodes belong behind Done: in the loop people would wait, leave or be counted in the middle of a message.');
	// Holds the execution: everybody else of the batch would wait with it.
	const wait = [...loop].find((name) => workflow.nodes[name] !== undefined && !workflow.nodes[name].disabled && isWait(workflow.nodes[name]));
	if (wait !== undefined) refuse(`"${wait}" stands in the loop behind Send of "${node.name}"`, 'While it waits, everybody else of the batch would wait with it. Use Journey Wait or Journey Throttle before this node.');
}
