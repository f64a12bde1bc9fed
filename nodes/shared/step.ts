import type { IExecuteFunctions, INodeExecutionData, ITriggerFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import type { Engine, Stamp, StepRef, VisitItem } from '../../engine';
import { breakOff } from './breakOff';
import { findContacts } from './contact';
import type { Found } from './contact';
import { tellDrawing } from './drawing';
import { foreignEffectsAfter } from './effects';
import { getEngine } from './engine';
import { refuseExecuteOnce } from './executeOnce';
import { executionOf } from './execution';
import { failItem, toNodeError } from './errors';
import { foreignWaitsAfter } from './foreignWaits';
import { isOurs } from './family';
import { isManualRun } from './manual';
import type { ManualItem } from './manual';
import { workflowNodesOf, workflowOf } from './runtime';

export type { ManualItem };

/** One item of a person who is in a journey. `index` is the item's place in the input and comes back from the engine. */
export interface Contact {
	index: number;
	item: INodeExecutionData;
	stamp: Stamp;
}

export interface OutsideItem {
	index: number;
	item: INodeExecutionData;
}

export type Opened =
	/** In the editor: store, park and mail nothing. */
	| { kind: 'manual'; ref: StepRef; items: ManualItem[]; failed: INodeExecutionData[] }
	| {
			kind: 'journey';
			ref: StepRef;
			engine: Engine;
			/** This execution was started by the node's own pump: its items come out of the park. */
			resumed: boolean;
			contacts: Contact[];
			/** Items of an execution that no journey is in. */
			outside: OutsideItem[];
			/** Error items, when the node continues on fail. */
			failed: INodeExecutionData[];
	  };

export function stepRef(context: IExecuteFunctions | ITriggerFunctions, type: string): StepRef {
	const { id, name } = context.getNode();
	return { workflow: String(context.getWorkflow().id), step: id, name, type };
}

/**
 * The beginning of every step's execute(): who the items are, and, after a park, which of them this execution still holds.
 * Throws a NodeOperationError for an item whose person was lost, unless the node continues on fail.
 */
export async function openStep(context: IExecuteFunctions, type: string): Promise<Opened> {
	try {
		return await open(context, type);
	} catch (error) {
		await breakOff(context, error);
		throw toNodeError(context.getNode(), error);
	}
}

async function open(context: IExecuteFunctions, type: string): Promise<Opened> {
	const ref = stepRef(context, type);
	const items = context.getInputData();
	const all = findContacts(context, items);
	const found = all.filter((one): one is Person => one.kind !== 'filler');
	// A manual run that somebody retries has mode 'retry'; its people are found with their manual marks.
	const allManual = found.length > 0 && found.every((one) => one.kind === 'manual');
	if (allManual || isManualRun(context, items)) {
		if (found.some((one) => one.kind !== 'outside')) refuseExecuteOnce(context);
		return openManual(context, ref, found);
	}

	const engine = await getEngine(context);
	const contacts: Contact[] = [];
	const outside: OutsideItem[] = [];
	const failed: INodeExecutionData[] = [];
	for (const one of found) {
		if (one.kind === 'contact') contacts.push({ index: one.index, item: one.item, stamp: one.stamp });
		else if (one.kind === 'outside') outside.push({ index: one.index, item: one.item });
		else failed.push(failItem(context, one.kind === 'lost' ? one.error : manualItemError(context, one.index), one.index));
	}
	const resumed = isResumed(context) && contacts.length > 0;
	const live = resumed ? await liveContacts(context, engine, ref, contacts) : contacts;
	// After the receipts, so that these people are held; without one they would be sent through the same again and again.
	if (contacts.length > 0) refuseExecuteOnce(context);
	return { kind: 'journey', ref, engine, resumed, contacts: live, outside, failed };
}

type Person = Exclude<Found, { kind: 'filler' }>;

function openManual(context: IExecuteFunctions, ref: StepRef, found: Person[]): Opened {
	const items: ManualItem[] = [];
	const failed: INodeExecutionData[] = [];
	for (const one of found) {
		if (one.kind === 'lost') failed.push(failItem(context, one.error, one.index));
		else items.push({ index: one.index, item: one.item, profile: profileOf(one) });
	}
	return { kind: 'manual', ref, items, failed };
}

function profileOf(found: Exclude<Person, { kind: 'lost' }>): number | null {
	if (found.kind === 'manual') return found.profile;
	return found.kind === 'contact' ? found.stamp.profile : null;
}

function manualItemError(context: IExecuteFunctions, itemIndex: number): NodeOperationError {
	return new NodeOperationError(context.getNode(), 'This item comes from a manual run, among items of a running journey', {
		itemIndex,
		description: 'Remove what puts the field _journey with "manual" on the item, for example an Edit Fields node or pasted data.',
	});
}

/**
 * Whether n8n started this execution at this node. The node's own emission is the only thing that does so outside the
 * editor; the item's JSON would not do as a test, since anybody can write it.
 */
export function isResumed(context: IExecuteFunctions): boolean {
	try {
		context.getInputSourceData();
		return false;
	} catch {
		return true;
	}
}

/** PROTOCOL rule 6: receipts for those this emission still holds; the others went on elsewhere and are dropped. */
async function liveContacts(context: IExecuteFunctions, engine: Engine, ref: StepRef, contacts: Contact[]): Promise<Contact[]> {
	const steps = workflowNodesOf(context)
		.filter((node) => isOurs(node.type))
		.map((node) => node.id);
	const foreignEffects = foreignEffectsAfter(workflowOf(context), context.getNode().name);
	const foreignWaits = foreignWaitsAfter(workflowOf(context), context.getNode().name);
	const execution = executionOf(context);
	await tellDrawing(context, engine);
	const live = new Set<string>();
	for (const nonce of new Set(contacts.map(({ stamp }) => stamp.nonce))) {
		const begun = await callEngine(context, () => engine.journeys.begin({ nonce, workflow: ref.workflow, steps, foreignEffects, foreignWaits, ...(execution === null ? {} : { execution }) }));
		for (const token of begun.live) live.add(`${nonce} ${token}`);
	}
	return contacts.filter(({ stamp }) => live.has(`${stamp.nonce} ${stamp.token}`));
}

export function visitsOf(contacts: Contact[]): VisitItem[] {
	return contacts.map(({ index, stamp }) => ({ index, stamp }));
}

/** Calls the engine and turns its error into n8n's. */
export async function callEngine<T>(context: IExecuteFunctions, call: () => Promise<T>): Promise<T> {
	try {
		return await call();
	} catch (error) {
		await breakOff(context, error);
		throw toNodeError(context.getNode(), error);
	}
}

/** Items that share a setting share one engine call. Groups keep the order of their first item. */
export function groupBy<T, K>(items: T[], keyOf: (item: T) => K, identityOf: (key: K) => string): Array<{ key: K; items: T[] }> {
	const groups = new Map<string, { key: K; items: T[] }>();
	for (const item of items) {
		const key = keyOf(item);
		const group = groups.get(identityOf(key));
		if (group) group.items.push(item);
		else groups.set(identityOf(key), { key, items: [item] });
	}
	return [...groups.values()];
}
