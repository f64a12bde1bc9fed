import { goesOn, walked } from '../../shared/canvas';
import { endsHop } from '../../shared/family';
import type { Finding } from './finding';
import { beforeOf, type CheckedNode, type Graph } from './graph';
import { isTrigger, kindOf, mayHold } from './kinds';

/**
 * n8n's Merge joins what one execution brings it (PROTOCOL 25). So each input must come from the same legs: the same nodes at which an
 * execution may begin, seen backwards from the input.
 */
export function mergesAfterWaits(graph: Graph): Finding[] {
	return [...graph.nodes.values()].filter((node) => kindOf(node) === 'merge' && !node.disabled).flatMap((merge): Finding[] => {
		const inputs = [...new Set(graph.edges.filter(({ to }) => to === merge.name).map(({ input }) => input))].sort((a, b) => a - b);
		if (inputs.length < 2) return [];
		const begins = inputs.map((input) => beginnings(graph, graph.edges.filter((edge) => edge.to === merge.name && edge.input === input).flatMap(({ from }) => graph.nodes.get(from) ?? [])));
		const [first] = begins;
		const differing = begins.flatMap((names) => [...names]).filter((name) => !begins.every((other) => other.has(name)));
		if (first === undefined || differing.length === 0 || begins.every((names) => names.size === 0)) return [];
		const waits = [...new Set(differing)].filter((name) => !isTrigger(graph.nodes.get(name) as CheckedNode));
		if (waits.length === 0) return [];
		const sure = waits.some((name) => endsHop(graph.nodes.get(name)?.type ?? ''));
		return [{
			level: sure ? 'problem' : 'warning', check: 'merge after a wait', node: merge.name,
			message: sure
				? `"${merge.name}" joins branches that come at different times: behind ${listed(waits)} people go on in an execution of their own, in which the other branch does not run. Combining finds nothing, appending lets them through twice.`
				: `"${merge.name}" joins branches that may come at different times: when ${listed(waits)} holds a message back, its people come in another execution than the others.`,
			todo: 'Join the branches with Journey Join, which waits in the engine, or put the Merge in front of the wait.',
		}];
	});
}

/** Where executions begin that bring people here. */
export function beginnings(graph: Graph, start: readonly CheckedNode[]): Set<string> {
	const ran = walked(start, (node) => (goesOn(node) ? beforeOf(graph, node.name) : []));
	return new Set([...ran].filter((node) => isTrigger(node) || mayHold(node) || !goesOn(node)).map(({ name }) => name));
}

function listed(names: readonly string[]): string {
	return names.map((name) => `"${name}"`).join(' and ');
}
