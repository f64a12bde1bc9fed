import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { AddressKind, Identity, JsonObject, SendItem, SendResult } from '../../engine';
import { isEngineError } from '../../engine';
import { failItem, toNodeError } from './errors';
import { stamped } from './stamp';
import type { Opened } from './step';
import { together } from './together';
import { visitKeys } from './visitKeys';

/*
 * What every sender does with a batch: one engine call for all (reserve, guards, attempt, provider, confirm), and everybody to the output that it says.
 */

type Journey = Extract<Opened, { kind: 'journey' }>;

const SENT = 0;
const NOT_SENT = 1;

/** Where each outcome leaves the node; parked people wait in the engine, dropped ones have moved on. */
const OUTPUT_OF: Record<SendResult['outcome'], number | null> = {
	sent: SENT,
	// It may have left: the person goes on as if it had, and nobody sends it a second time.
	unknown: SENT,
	// Who is compared with walks the same way.
	heldOut: SENT,
	// They have it, from an earlier visit in this run.
	alreadySent: SENT,
	skipped: NOT_SENT,
	failed: NOT_SENT,
	parked: null,
	dropped: null,
};

export interface Sender<Content> {
	/** The item's field that says what became of it: 'mail', 'sms', 'chat', 'directMail'. */
	field: string;
	/** How people outside a journey are found. */
	contactBy: AddressKind | 'user_id' | 'identity';
	/** An address, or by `identity` one of any kind. Throws a NodeOperationError when nothing says to whom the item is sent. */
	contactOf(context: IExecuteFunctions, index: number): string | Identity;
	/** Content that each item brings; undefined: all have the same. */
	contentOf: ((context: IExecuteFunctions, index: number) => Content) | undefined;
	/** The batch in several calls, each with the bytes of its files; absent: one call without any. */
	calls?(items: ReadonlyArray<SendItem<Content>>): AsyncIterable<{ items: Array<SendItem<Content>>; files: Uint8Array[] }>;
	send(items: Array<SendItem<Content>>, files: Uint8Array[]): Promise<SendResult[]>;
}

export async function sendPeople<Content>(context: IExecuteFunctions, opened: Journey, sender: Sender<Content>): Promise<INodeExecutionData[][]> {
	const outputs: INodeExecutionData[][] = [[], [...opened.failed]];
	const items = sendItems(context, opened, sender, outputs[NOT_SENT]);
	const results: SendResult[] = [];
	for await (const call of sender.calls?.(together(items)) ?? [{ items, files: [] }]) {
		results.push(...(await sendUsable(context, call.items, outputs[NOT_SENT], (usable) => sender.send(usable, call.files))));
	}
	const input = context.getInputData();
	for (const result of results.sort((a, b) => a.index - b.index)) {
		const output = OUTPUT_OF[result.outcome];
		if (output !== null) outputs[output].push(outputItem(input[result.index], result, sender.field));
	}
	return outputs;
}

/**
 * The engine refuses a batch before it reserves anything when an item cannot be used, and says which. When the node
 * continues on fail, that item comes out with its error and the others are sent.
 */
async function sendUsable<Content>(context: IExecuteFunctions, items: Array<SendItem<Content>>, failed: INodeExecutionData[], send: (usable: Array<SendItem<Content>>) => Promise<SendResult[]>): Promise<SendResult[]> {
	let usable = items;
	while (usable.length > 0) {
		try {
			return await send(usable);
		} catch (error) {
			const item = isEngineError(error) ? error.details.item : undefined;
			if (typeof item !== 'number' || !context.continueOnFail()) {
				throw toNodeError(context.getNode(), error, typeof item === 'number' ? item : undefined);
			}
			failed.push(failItem(context, error, item));
			const rest = usable.filter(({ index }) => index !== item);
			if (rest.length === usable.length) throw toNodeError(context.getNode(), error);
			usable = rest;
		}
	}
	return [];
}

function sendItems<Content>(context: IExecuteFunctions, opened: Journey, { contactBy, contactOf, contentOf }: Sender<Content>, failed: INodeExecutionData[]): Array<SendItem<Content>> {
	const keyOf = visitKeys(context);
	const items: Array<SendItem<Content>> = [];
	const add = (index: number, item: INodeExecutionData, who: () => Pick<SendItem, 'stamp' | 'contact'>) => {
		try {
			items.push({
				index,
				...who(),
				item: item.json as JsonObject,
				...(contentOf === undefined ? {} : { content: contentOf(context, index) }),
			});
		} catch (error) {
			failed.push(failItem(context, error, index));
		}
	};
	for (const { index, item, stamp } of opened.contacts) add(index, item, () => ({ stamp }));
	for (const { index, item } of opened.outside) {
		add(index, item, () => {
			const contact = contactOf(context, index);
			const what = typeof contact === 'string' ? contact : `${contact.kind} ${contact.value}`;
			return { contact: { [contactBy]: contact, key: keyOf(contactBy === 'email' || contactBy === 'phone' ? what.toLowerCase() : what) } };
		});
	}
	return items.sort((a, b) => a.index - b.index);
}

/** What the node's contact field gives for an item of no journey. */
export function contactIn(context: IExecuteFunctions, index: number, field: { name: string; displayName: string; what: string; example: string }): string {
	const given = String(context.getNodeParameter(field.name, index, '') ?? '').trim();
	if (given !== '') return given;
	throw new NodeOperationError(context.getNode(), 'Nothing says to whom this item is sent', {
		itemIndex: index,
		description: `The item comes from no journey, so '${field.displayName}' must give ${field.what}, for example ${field.example}. Or put this node behind a Journey Trigger.`,
	});
}

function outputItem(item: INodeExecutionData, result: SendResult, field: string): INodeExecutionData {
	const about: IDataObject = { message: result.message, status: result.outcome, reason: result.reason };
	if (result.stamp) return stamped(item, result.index, result.stamp, { [field]: about });
	return {
		json: { ...item.json, [field]: about },
		...(item.binary ? { binary: item.binary } : {}),
		pairedItem: { item: result.index },
	};
}
