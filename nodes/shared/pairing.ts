import type { INode } from 'n8n-workflow';

import { isOurs } from './family';
import { isAnswered } from './foreignWaits';

/**
 * Which nodes tell truly, by pairedItem, from which input item an output item came.
 *
 * n8n invents a pairedItem when a node sets none: by position when the counts are equal, the first item when there is
 * one output for many. A node that reversed its items gave one person another's data that way (measured). So only nodes
 * whose source was read are believed, n8n-nodes-base of n8n 2.41.1, in the versions and modes named here:
 * - 'always': sets it on every item, on error items too, or hands its input items through;
 * - 'unlessContinuing': its error items carry none, so it is believed only when it stops at an error.
 * Nodes that are missing here are not wrong; nobody has read them yet.
 */
type Belief = 'always' | 'unlessContinuing';

/** What is looked at of a node. */
type Judged = Pick<INode, 'type' | 'typeVersion' | 'parameters' | 'disabled' | 'onError' | 'continueOnFail'>;

const BASE = 'n8n-nodes-base.';

const BELIEFS: Record<string, (node: Judged) => Belief | null> = {
	set: () => 'always',
	if: () => 'always',
	filter: () => 'always',
	noOp: () => 'always',
	httpRequest: () => 'always',
	dateTime: () => 'always',
	renameKeys: () => 'always',
	crypto: () => 'always',
	jwt: () => 'always',
	html: () => 'always',
	// One output an input, in order, errors too: what n8n invents is right.
	markdown: () => 'always',
	// Error items are left out in xmlToJson, so positions shift.
	xml: () => 'unlessContinuing',
	switch: () => 'unlessContinuing',
	limit: () => 'always',
	// With Remove Other Fields it counts positions after the removal: wrong ones.
	removeDuplicates: (node) => (node.typeVersion < 2 && !hasOption(node, 'removeOtherFields') ? 'always' : null),
	sort: (node) => (node.parameters.type === 'code' ? null : 'always'),
	splitOut: () => 'always',
	splitInBatches: (node) => (node.typeVersion >= 3 ? 'always' : null),
	// What a webhook or form brings replaces the items of all; n8n pairs its one item with the first of them.
	wait: (node) => (isAnswered(node) ? null : 'always'),
	merge: (node) => (node.typeVersion >= 3 && mergeKeepsPairs(node) ? 'always' : null),
	// Once for all items the code makes its own items, and n8n guesses from where they came.
	code: (node) => (node.parameters.mode === 'runOnceForEachItem' ? 'always' : null),
	functionItem: () => 'unlessContinuing',
};

function hasOption({ parameters }: Judged, option: string): boolean {
	const { options } = parameters;
	return typeof options === 'object' && options !== null && option in options;
}

/** By fields, its default: each match is paired with the item of either input, what has none is handed through. */
const COMBINES = ['combineByFields', 'combineByPosition', 'combineAll'];

function mergeKeepsPairs({ parameters }: Judged): boolean {
	const mode = parameters.mode ?? 'append';
	if (mode === 'append') return true;
	return mode === 'combine' && (parameters.combineBy === undefined || COMBINES.includes(String(parameters.combineBy)));
}

/** Whether the pairedItem on this node's output items can be believed, as the node is set. */
export function setsPairs(node: Judged): boolean {
	// n8n hands the items of a disabled node through, and pairs them itself.
	if (node.disabled || isOurs(node.type)) return true;
	if (!node.type.startsWith(BASE)) return false;
	const name = node.type.slice(BASE.length);
	const belief = Object.hasOwn(BELIEFS, name) ? BELIEFS[name]?.(node) : null;
	if (belief === 'always') return true;
	return belief === 'unlessContinuing' && !continuesOnError(node);
}

function continuesOnError(node: Judged): boolean {
	return node.continueOnFail === true || node.onError === 'continueRegularOutput' || node.onError === 'continueErrorOutput';
}

/** n8n's own nodes whose output is a part of their input: who does not come out was not selected. */
const SELECTING = new Set(['filter', 'if', 'switch', 'limit', 'removeDuplicates'].map((name) => BASE + name));

export function onlySelects(node: INode): boolean {
	return SELECTING.has(node.type);
}

/** What to change in the node that lost the contact. */
export function howToKeepTheContact(node: INode): string {
	if (node.type === `${BASE}code`) {
		return `In "${node.name}", set Mode to "Run Once for Each Item", or copy the field _journey from each item to the item made from it.`;
	}
	if (isAnswered(node)) {
		return `What comes back from "${node.name}" is one answer for all people of the execution. Set Batch Size to 1 in the node before it where they wait, so that each is asked alone; whoever is held now is, by Journey Control: Retry Held.`;
	}
	if (node.type === `${BASE}set`) {
		return `In "${node.name}", turn on Include Other Input Fields, so that the field _journey stays.`;
	}
	if (node.type === `${BASE}aggregate` || node.type === `${BASE}summarize`) {
		return `"${node.name}" makes one item out of several people. Journey nodes need one item a person: put them before it.`;
	}
	return `Keep the field _journey on the items that leave "${node.name}", for example with an Edit Fields node behind it, or put it on a branch of its own beside the journey.`;
}
