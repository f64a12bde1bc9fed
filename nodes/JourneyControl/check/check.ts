import type { Finding } from './finding';
import type { Graph } from './graph';
import { isTrigger, type Knowledge } from './kinds';
import { mergesAfterWaits } from './merge';
import { oneForAll } from './one-for-all';
import { endlessLoops, ungatedEffects, unreachableSteps } from './ways';

/** What the drawing alone tells; questions about people are asked elsewhere. */
export function checkGraph(graph: Graph, known: Knowledge): Finding[] {
	if (![...graph.nodes.values()].some(isTrigger)) {
		return [{ level: 'problem', check: 'no journey', node: '', message: 'This workflow has no Journey Trigger that is turned on: nobody enters.', todo: 'Add a Journey Trigger, or choose another workflow.' }];
	}
	return [...mergesAfterWaits(graph, known), ...oneForAll(graph, known), ...unreachableSteps(graph, known), ...endlessLoops(graph, known), ...ungatedEffects(graph, known)];
}
