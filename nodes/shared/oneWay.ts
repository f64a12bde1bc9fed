import type { INode } from 'n8n-workflow';

import { isOurs } from './family';

/** n8n's own nodes that put an item on one of their outputs. */
const CHOOSES = new Set(['if', 'filter', 'splitInBatches', 'switch'].map((name) => `n8n-nodes-base.${name}`));

/**
 * Whether an item leaves this node by one of its outputs only. Of nodes of other integrations it is not known: false. A Switch can send an item by every
 * output that matches, and where an expression says whether it does, it may.
 */
export function leavesOneWay(node: Pick<INode, 'type' | 'parameters' | 'disabled'>): boolean {
	if (node.disabled === true || isOurs(node.type)) return true;
	if (!CHOOSES.has(node.type)) return false;
	const { options = {} } = node.parameters as { options?: { allMatchingOutputs?: unknown } };
	return options.allMatchingOutputs === undefined || options.allMatchingOutputs === false;
}
