import type { INode, Workflow } from 'n8n-workflow';

import { targetsByOutput, walked } from './canvas';

/** A workflow as it runs, or one that is only being checked. */
export interface Drawn {
	node(name: string): Pick<INode, 'name' | 'type' | 'parameters' | 'disabled'> | undefined;
	/** Names of the nodes that each output leads to. */
	outputs(name: string): ReadonlyArray<readonly string[]>;
}

export function drawnIn(workflow: Workflow): Drawn {
	return { node: (name) => workflow.nodes[name], outputs: (name) => targetsByOutput(workflow, name) };
}

/** Names of the nodes behind an output, as far as the node itself. */
export function behind(drawn: Drawn, name: string, output: number): Set<string> {
	const found = walked(drawn.outputs(name)[output] ?? [], (next) => (next === name ? [] : drawn.outputs(next).flat()));
	found.delete(name);
	return found;
}

/** Whether a way leads from this node to that one, or it is the same. */
export function leadsTo(drawn: Drawn, from: string, to: string): boolean {
	return from === to || walked(drawn.outputs(from).flat(), (next) => drawn.outputs(next).flat()).has(to);
}

/** The node in the loop behind an output of this one of which one output leads back by two lines: both run for the same person. */
export function forkIn(drawn: Drawn, name: string, output: number): string | null {
	for (const from of [name, ...behind(drawn, name, output)]) {
		const outputs = from === name ? [drawn.outputs(name)[output] ?? []] : drawn.outputs(from);
		if (outputs.some((targets) => targets.filter((target) => leadsTo(drawn, target, name)).length > 1)) return from;
	}
	return null;
}
