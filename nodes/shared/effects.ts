import type { INode, Workflow } from 'n8n-workflow';

import { goesOn, targetsOf, walked } from './canvas';
import { isOurs, nameOf } from './family';

/** The output of a gate that people go on by. */
const DONE = 0;

/** n8n's own nodes that only look at items or change them: running one twice does no harm. */
const PURE = new Set([
	'set', 'if', 'filter', 'switch', 'noOp', 'merge', 'dateTime', 'renameKeys', 'markdown', 'html', 'xml', 'crypto', 'jwt', 'totp',
	'limit', 'sort', 'splitOut', 'aggregate', 'summarize', 'itemLists', 'splitInBatches', 'compareDatasets', 'stopAndError',
	'stickyNote', 'compression', 'extractFromFile', 'convertToFile', 'wait',
]);

/** What lets a Code node act outside its items: n8n's helpers, modules, static data. */
const REACHES_OUT = /\b(?:helpers|require|import|fetch|getWorkflowStaticData|process|globalThis)\b/;

/** Whether a node acts on nothing but its items. */
export function isPure(node: Pick<INode, 'type' | 'parameters'>): boolean {
	const [, name] = /^n8n-nodes-base\.(.+)$/.exec(node.type) ?? [];
	if (name === undefined) return false;
	if (name === 'code') return !REACHES_OUT.test(`${String(node.parameters.jsCode ?? '')}\n${String(node.parameters.pythonCode ?? '')}`);
	// Its other operations remember what they saw in earlier executions.
	if (name === 'removeDuplicates') return (node.parameters.operation ?? 'removeDuplicateInputItems') === 'removeDuplicateInputItems';
	return PURE.has(name);
}

/**
 * Whether a foreign node with effects of its own can run between this node and the next park. Such a leg is at least
 * once, so the engine holds its people after a failure instead of running it again (PROTOCOL rule 10).
 */
export function foreignEffectsAfter(workflow: Workflow | undefined, nodeName: string): boolean {
	if (!workflow) return true;
	const ran = walked(targetsOutsideLoops(workflow, nodeName), (name) => (goesOn(workflow.nodes[name]) ? targetsOutsideLoops(workflow, name) : []));
	return [...ran].flatMap((name) => workflow.nodes[name] ?? []).some((node) => !node.disabled && !isOurs(node.type) && !isPure(node));
}

/** What stands in the loop behind Send is gated: it gets one person at a time, and nobody twice. */
function targetsOutsideLoops(workflow: Workflow, name: string): string[] {
	return targetsOf(workflow, name, nameOf(workflow.nodes[name]?.type ?? '') === 'journeyAnyChannel' ? DONE : undefined);
}
