import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { EmailContent, EmailSendRequest, Engine, JsonObject, SendItem, SendResult } from '../../engine';
import { isEngineError } from '../../engine';
import { failItem, toNodeError } from '../shared/errors';
import { stamped } from '../shared/stamp';
import type { Opened } from '../shared/step';
import { visitKeys } from '../shared/visitKeys';
import { contentOfItem, sharedContent } from './content';
import { ExtrasReader } from './extras';
import { settingsOf } from './settings';

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

/** The whole batch in one engine call: reserve, guards, attempt, provider, confirm. */
export async function send(
	context: IExecuteFunctions,
	opened: Extract<Opened, { kind: 'journey' }>,
): Promise<INodeExecutionData[][]> {
	const outputs: INodeExecutionData[][] = [[], [...opened.failed]];
	const settings = await settingsOf(context, opened.engine);
	const shared = sharedContent(context);
	const items = sendItems(context, opened, shared === null, outputs[NOT_SENT]);
	if (items.length === 0) return outputs;

	const { testRecipient: _testRecipient, ...batch } = settings;
	const results: SendResult[] = [];
	for await (const call of new ExtrasReader(context).calls(items)) {
		results.push(...(await sendUsable(context, opened.engine, call.items, outputs[NOT_SENT], (usable) => ({
			...batch,
			step: opened.ref,
			items: usable,
			files: call.files,
			// Every item brings its own content when it comes from an expression; the first stands for the batch.
			content: shared ?? (usable[0].content as EmailContent),
		}))));
	}
	const input = context.getInputData();
	for (const result of results) {
		const output = OUTPUT_OF[result.outcome];
		if (output !== null) outputs[output].push(outputItem(input[result.index], result));
	}
	return outputs;
}

/**
 * The engine refuses a batch before it reserves anything when an item cannot be used, and says which. When the node
 * continues on fail, that item comes out with its error and the others are sent.
 */
async function sendUsable(
	context: IExecuteFunctions,
	engine: Engine,
	items: SendItem[],
	failed: INodeExecutionData[],
	requestFor: (usable: SendItem[]) => EmailSendRequest,
): Promise<SendResult[]> {
	let usable = items;
	while (usable.length > 0) {
		try {
			return await engine.messages.sendEmail(requestFor(usable));
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

function sendItems(
	context: IExecuteFunctions,
	opened: Extract<Opened, { kind: 'journey' }>,
	ownContent: boolean,
	failed: INodeExecutionData[],
): SendItem[] {
	const keyOf = visitKeys(context);
	const items: SendItem[] = [];
	const add = (index: number, item: INodeExecutionData, who: () => Pick<SendItem, 'stamp' | 'contact'>) => {
		try {
			items.push({
				index,
				...who(),
				item: item.json as JsonObject,
				...(ownContent ? { content: contentOfItem(context, index) } : {}),
			});
		} catch (error) {
			failed.push(failItem(context, error, index));
		}
	};
	for (const { index, item, stamp } of opened.contacts) add(index, item, () => ({ stamp }));
	for (const { index, item } of opened.outside) {
		add(index, item, () => {
			const email = contactEmailOf(context, index);
			return { contact: { email, key: keyOf(email.toLowerCase()) } };
		});
	}
	return items.sort((a, b) => a.index - b.index);
}

export function contactEmailOf(context: IExecuteFunctions, itemIndex: number): string {
	const email = String(context.getNodeParameter('contactEmail', itemIndex, '') ?? '').trim();
	if (email !== '') return email;
	throw new NodeOperationError(context.getNode(), 'Nothing says to whom this item is sent', {
		itemIndex,
		description:
			"The item comes from no journey, so 'Contact Email' must give an address, for example {{ $json.email }}. Or put this node behind a Journey Trigger.",
	});
}

function outputItem(item: INodeExecutionData, result: SendResult): INodeExecutionData {
	const mail: IDataObject = { message: result.message, status: result.outcome, reason: result.reason };
	if (result.stamp) return stamped(item, result.index, result.stamp, { mail });
	return {
		json: { ...item.json, mail },
		...(item.binary ? { binary: item.binary } : {}),
		pairedItem: { item: result.index },
	};
}
