import { goesOn } from '../../shared/canvas';
import { isPure } from '../../shared/effects';
import { isOurs, isStep } from '../../shared/family';
import { withoutReturns } from './bestChannel';
import type { Finding } from './finding';
import { beforeOf, nextOf, reached, type Graph } from './graph';
import { GATE, kindOf, SEND, walkedNodes } from './kinds';

/** Steps nobody comes to. */
export function unreachableSteps(graph: Graph): Finding[] {
	const walked = new Set(walkedNodes(graph));
	return [...graph.nodes.values()].filter((node) => isStep(node.type) && !node.disabled && kindOf(node) !== 'journeyTrigger' && !walked.has(node)).map((node): Finding => {
		// A journey node behind another trigger works too, for whoever its items name.
		if (startsElsewhere(graph, node.name)) {
			return { level: 'note', check: 'step outside the journey', node: node.name, message: `"${node.name}" is not behind a Journey Trigger: it works for the people its items name, one by one, and nobody can wait there.`, todo: 'Connect it to the journey, if people of the journey should come by it.' };
		}
		return { level: 'problem', check: 'step nobody can reach', node: node.name, message: `Nobody can come to "${node.name}": no way leads there from a Journey Trigger.`, todo: 'Connect it, turn on the Journey Trigger in front of it, or delete it.' };
	});
}

/** Behind another kind of trigger (a Schedule, a Webhook): a node that nothing leads to, and no step of a journey itself. */
function startsElsewhere(graph: Graph, name: string): boolean {
	return [...reached([name], (from) => beforeOf(graph, from))].some((before) => beforeOf(graph, before).length === 0 && !isStep(graph.nodes.get(before)?.type ?? ''));
}

/** A way that leads back to itself without a wait: each round costs the person a visit, and after a hundred they are held. */
export function endlessLoops(drawn: Graph): Finding[] {
	const graph = withoutReturns(drawn);
	const first = [...graph.nodes.values()].find((node) => isStep(node.type) && goesOn(node) && reached([node.name], (name) => nextOf(graph, name), goesOn).has(node.name));
	if (first === undefined) return [];
	return [{
		level: 'problem', check: 'loop without a wait', node: first.name,
		message: `From "${first.name}" a way leads back to it without a wait. Who goes round more than a hundred times is held.`,
		todo: 'Put a Journey Wait into the loop, or lead it on instead of back.',
	}];
}

/** Nodes of other kinds with effects of their own, outside of the gate that lets them run once a person. */
export function ungatedEffects(graph: Graph): Finding[] {
	const gates = [...graph.nodes.values()].filter((node) => kindOf(node) === GATE && !node.disabled);
	const gated = new Set(gates.flatMap(({ name: gate }) => [...reached([gate], (name) => nextOf(graph, name, name === gate ? SEND : undefined), ({ name }) => name !== gate)]));
	return walkedNodes(graph).filter((node) => !isOurs(node.type) && !isPure(node) && !gated.has(node.name)).map((node): Finding => ({
		level: 'warning', check: 'effect without a gate', node: node.name,
		message: `"${node.name}" acts outside n8n for a whole batch of people at once. If n8n stops in the middle, nobody knows for whom it had acted: the batch is held for you to look at, and a retry acts again for all of them. What it writes to people is asked for no consent, cap or quiet hours, and stands in no ledger.`,
		todo: 'Put it into the loop of a Journey Any Channel, which lets it act once for each person and asks the guards before; or accept it where acting twice does no harm.',
	}));
}
