import type { INode, Workflow } from 'n8n-workflow';

import { goesOn, targetsOf } from './canvas';
import { isOurs } from './family';

const BASE = 'n8n-nodes-base.';

/** n8n's own nodes in which an execution waits, whatever they are set to. */
const WAITING = new Set(['wait', 'form'].map((name) => BASE + name));

/** Whether the nodes that n8n ships wait here, as this one is set: a Wait, a Form, a message that waits for its answer. */
export function isWait({ type, parameters }: Pick<INode, 'type' | 'parameters'>): boolean {
	return WAITING.has(type) || parameters.operation === 'sendAndWait';
}

/** Whether one answer takes the place of all items that wait here: an approval, a form, a call of the resume URL. */
export function isAnswered({ type, parameters }: Pick<INode, 'type' | 'parameters'>): boolean {
	if (type === `${BASE}wait`) return parameters.resume === 'webhook' || parameters.resume === 'form';
	return type === `${BASE}form` || parameters.operation === 'sendAndWait';
}

/** What a sub-workflow does is not in this drawing, nor what nodes do that nobody has read. */
function mayWait(node: INode): boolean {
	return !node.disabled && !isOurs(node.type) && (isWait(node) || node.type === `${BASE}executeWorkflow` || !node.type.startsWith(BASE));
}

const MERGE = `${BASE}merge`;
const SEVERAL = 2;

/**
 * How often an execution that starts at this node may wait in nodes of other kinds before its people park again: 0, 1, or 2 for several. A node that two lines
 * lead into may run twice, and so may everything behind it; only a Merge makes one of them. Without the drawing: several.
 */
export function foreignWaitsAfter(workflow: Workflow | undefined, start: string): number {
	if (!workflow) return SEVERAL;
	// Not just what is reached, but how often: each further line into a node is another run of all that is behind it.
	const times = new Map<string, number>();
	// Started by its own pump, which counts like a line into it.
	const lines: Array<{ to: string; times: number }> = [{ to: start, times: 1 }];
	for (let line = lines.shift(); line; line = lines.shift()) {
		const node = workflow.nodes[line.to];
		if (node === undefined) continue;
		const before = times.get(node.name) ?? 0;
		const runs = Math.min(SEVERAL, node.type === MERGE ? Math.max(before, line.times) : before + line.times);
		if (runs === before) continue;
		times.set(node.name, runs);
		if (node.name !== start && !goesOn(node)) continue;
		for (const to of targetsOf(workflow, node.name)) lines.push({ to, times: runs - before });
	}
	const waits = [...times].reduce((sum, [name, runs]) => sum + (workflow.nodes[name] && mayWait(workflow.nodes[name]) ? runs : 0), 0);
	return Math.min(SEVERAL, waits);
}
