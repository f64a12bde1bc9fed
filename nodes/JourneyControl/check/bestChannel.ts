import { BEST_CHANNEL, loopFaults, returns } from '../../shared/bestChannels';
import type { Drawn } from '../../shared/loops';
import type { Finding } from './finding';
import type { CheckedNode, Graph } from './graph';
import { channelOf, GATE, kindOf } from './kinds';

/** What keeps a Journey Best Channel from being published, and where it would do something else than is meant. */
export function channelLoops(graph: Graph): Finding[] {
	const drawn = drawnOf(graph);
	return bestsOf(graph).flatMap((node): Finding[] => [
		...loopFaults(drawn, node.name).map((fault): Finding => ({ level: 'problem', check: 'channel that does not lead back', ...fault, message: `${fault.message}.` })),
		...otherPurposes(graph, drawn, node),
		...silentServices(graph, node),
	]);
}

/** The graph without the lines that lead back to a Journey Best Channel out of its loops: nobody goes round them again and again. */
export function withoutReturns(graph: Graph): Graph {
	const bests = new Set(bestsOf(graph).map(({ name }) => name));
	const drawn = drawnOf(graph);
	return bests.size === 0 ? graph : { ...graph, edges: graph.edges.filter(({ from, to }) => !bests.has(to) || !returns(drawn, from, to)) };
}

function bestsOf(graph: Graph): CheckedNode[] {
	return [...graph.nodes.values()].filter((node) => kindOf(node) === BEST_CHANNEL && !node.disabled);
}

function drawnOf(graph: Graph): Drawn {
	return {
		node: (name) => graph.nodes.get(name),
		outputs: (name) => {
			const lines = graph.edges.filter(({ from }) => from === name);
			return Array.from({ length: Math.max(0, ...lines.map(({ output }) => output + 1)) }, (_, n) => lines.filter(({ output }) => output === n).map(({ to }) => to));
		},
	};
}

/** Whose consent is asked is said twice: here, and in each sender, which has the last word. */
function otherPurposes(graph: Graph, drawn: Drawn, best: CheckedNode): Finding[] {
	const asked = (node: CheckedNode) => String(node.parameters.purpose ?? 'marketing');
	return sendersOf(graph, drawn, best).filter((sender) => asked(sender) !== asked(best)).map((sender): Finding => ({
		level: 'warning', check: 'purpose of another kind', node: sender.name,
		message: `"${sender.name}" sends ${asked(sender)} messages, while "${best.name}" asks whether people may get ${asked(best)} ones.`,
		todo: 'Choose the same Purpose in both, or somebody is passed over who could be written to, or tried in vain.',
	}));
}

/** Behind a Journey Any Channel nobody hears of a delivery. */
function silentServices(graph: Graph, best: CheckedNode): Finding[] {
	if (best.parameters.waitForDelivery !== true) return [];
	const gates = sendersOf(graph, drawnOf(graph), best).filter((node) => kindOf(node) === GATE);
	return gates.map((gate): Finding => ({
		level: 'note', check: 'delivery nobody tells of', node: gate.name,
		message: `Nobody tells whether a message of "${gate.name}" arrives: what its nodes have sent counts as delivered, and no other channel follows after it.`,
		todo: 'Put this channel last, or use a sender whose service reports deliveries.',
	}));
}

function sendersOf(graph: Graph, drawn: Drawn, best: CheckedNode): CheckedNode[] {
	return [...graph.nodes.values()].filter((node) => channelOf(node) !== undefined && !node.disabled && returns(drawn, node.name, best.name));
}
