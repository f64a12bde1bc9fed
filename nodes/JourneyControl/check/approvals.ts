import { isAnswered } from '../../shared/foreignWaits';
import type { Finding } from './finding';
import type { CheckedNode, Graph } from './graph';
import { walkedNodes } from './kinds';
import { beginnings } from './merge';

/** What a batch is where nothing is set. */
const DEFAULT_BATCH = 500;

/** An approval, a form or a resume URL brings one answer for everybody of an execution: nobody can say whose it is. */
export function answersForBatches(graph: Graph): Finding[] {
	return walkedNodes(graph).filter(isAnswered).flatMap((node): Finding[] => {
		const batches = [...beginnings(graph, [node])].filter((name) => batchOf(graph.nodes.get(name)) !== 1);
		if (batches.length === 0) return [];
		return [{
			level: 'problem', check: 'one answer for a batch', node: node.name,
			message: `"${node.name}" brings one answer for all people of an execution, who may come ${batches.map((name) => `from "${name}"`).join(' and ')} together. Nobody can say whose it is: the next journey node stops, and all are held.`,
			todo: `Set Batch Size to 1 in the options of ${batches.map((name) => `"${name}"`).join(' and ')}.`,
		}];
	});
}

function batchOf(node: CheckedNode | undefined): number {
	const { batchSize } = (node?.parameters.options ?? {}) as { batchSize?: unknown };
	return Number(batchSize ?? DEFAULT_BATCH);
}
