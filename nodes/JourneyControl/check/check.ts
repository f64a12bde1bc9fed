import { answersForBatches } from './approvals';
import { waitsForNoMessage } from './awaitedMessage';
import { channelLoops, withoutReturns } from './bestChannel';
import type { Finding } from './finding';
import type { Graph } from './graph';
import { joinsThatCannotMeet } from './joins';
import { isTrigger } from './kinds';
import { mergesAfterWaits } from './merge';
import { references } from './references';
import { cannotBeAnswered } from './unanswerable';
import { formsWithoutConsent } from './unproven';
import { variantsThatCannotBe } from './variants';
import { endlessLoops, ungatedEffects, unreachableSteps } from './ways';

/** What the drawing alone tells; questions about people are asked elsewhere. */
export function checkGraph(graph: Graph): Finding[] {
	if (![...graph.nodes.values()].some(isTrigger)) {
		return [{ level: 'problem', check: 'no journey', node: '', message: 'This workflow has no Journey Trigger that is turned on: nobody enters.', todo: 'Add a Journey Trigger, or choose another workflow.' }];
	}
	return [...mergesAfterWaits(graph), ...joinsThatCannotMeet(withoutReturns(graph)), ...waitsForNoMessage(graph), ...channelLoops(graph), ...references(graph), ...unreachableSteps(graph), ...endlessLoops(graph), ...ungatedEffects(graph), ...answersForBatches(graph), ...cannotBeAnswered(graph), ...formsWithoutConsent(graph), ...variantsThatCannotBe(graph)];
}
