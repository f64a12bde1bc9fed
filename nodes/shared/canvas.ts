import type { INode, Workflow } from 'n8n-workflow';

import { endsHop } from './family';

/** The lines of each output that is in use: n8n hands items of a node that is off to what is behind its first output. */
export function inUse<Lines>(node: { disabled?: boolean } | undefined, outputs: readonly Lines[]): readonly Lines[] {
	return node?.disabled === true ? outputs.slice(0, 1) : outputs;
}

/** Names of the nodes that each output of this one leads to; a node twice where two lines lead there. */
export function targetsByOutput(workflow: Workflow, name: string): string[][] {
	const outputs = workflow.connectionsBySourceNode[name]?.main ?? [];
	return inUse(workflow.nodes[name], outputs).map((lines) => (lines ?? []).map(({ node }) => node));
}

/** Names of the nodes that this one leads to; `output`: by this output of it only. */
export function targetsOf(workflow: Workflow, name: string, output?: number): string[] {
	const outputs = targetsByOutput(workflow, name);
	return output === undefined ? outputs.flat() : outputs[output] ?? [];
}

/** All that is come to from these by going on with `next`: they first, then the nearest, each once. */
export function walked<Node>(starts: readonly Node[], next: (node: Node) => readonly Node[]): Set<Node> {
	const found = new Set(starts);
	// A Set hands out what is added while it is walked.
	for (const node of found) for (const to of next(node)) found.add(to);
	return found;
}

/** Whether what is behind this node runs in the same execution. A node that is off holds nobody. */
export function goesOn(node: Pick<INode, 'type' | 'disabled'> | undefined): boolean {
	return node !== undefined && (node.disabled === true || !endsHop(node.type));
}

/** Names of the nodes behind this one, without it unless a loop leads back. */
export function reachedFrom(workflow: Workflow, name: string): Set<string> {
	return walked(targetsOf(workflow, name), (next) => targetsOf(workflow, next));
}
