import { nameOf } from '../../shared/family';
import { CHANNEL_OF } from '../../shared/senders';
import { nextOf, reached, type CheckedNode, type Graph } from './graph';

/** 'journeyWait' of our own nodes, however the package was loaded; 'merge' of n8n's; the whole type of all others. */
export function kindOf({ type }: Pick<CheckedNode, 'type'>): string {
	return nameOf(type) ?? type.replace(/^n8n-nodes-base\./, '');
}

export function isTrigger(node: CheckedNode): boolean {
	return kindOf(node) === 'journeyTrigger' && !node.disabled;
}

/** Nodes that people of a journey come by behind its trigger. */
export function walkedNodes(graph: Graph): CheckedNode[] {
	const triggers = [...graph.nodes.values()].filter(isTrigger).map(({ name }) => name);
	const names = reached(triggers, (name) => nextOf(graph, name));
	return [...graph.nodes.values()].filter(({ name, disabled }) => names.has(name) && !disabled);
}

/** Lets the nodes behind its output Send act once for each person. */
export const GATE = 'journeyAnyChannel';
export const SEND = 1;

/** Our own senders, whose content is Liquid. */
export function writesLiquid(node: CheckedNode): boolean {
	return CHANNEL_OF.has(kindOf(node));
}

export { channelOf } from '../../shared/senders';

/** Whether it may hold somebody (quiet hours, a cap, a server that is away) who then goes on in an execution of their own. At a gate everybody parks. */
export function mayHold(node: CheckedNode): boolean {
	return !node.disabled && CHANNEL_OF.has(kindOf(node));
}
