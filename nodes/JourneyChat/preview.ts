import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { ChatContent, ChatPreview, Engine, InVariants, JsonObject } from '../../engine';
import { getEngine } from '../shared/engine';
import { failItem } from '../shared/errors';
import { templateOf } from '../shared/fields';
import { ShownAs } from '../shared/shownAs';
import { stamped } from '../shared/stamp';
import type { ManualItem, Opened } from '../shared/step';
import { contentOfItem, sharedContent } from './content';
import { addressKindOf, settingsOf, type ChatSettings } from './settings';

/** All go to one chat. */
const MOST_TESTS = 3;

/** A manual run: rendered as the chosen profile, to look at. Recorded nowhere, sent to the test recipient or nobody. */
export async function preview(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'manual' }>): Promise<INodeExecutionData[][]> {
	const rendered: INodeExecutionData[] = [];
	const failed: INodeExecutionData[] = [...opened.failed];
	const engine = await getEngine(context);
	const settings = await settingsOf(context);
	const shared = sharedContent(context);
	const shownAs = new ShownAs(context, engine);
	let sent = 0;
	for (const manual of opened.items) {
		try {
			const { profile, sentTo, ...rendition } = await renderFor(context, engine, shownAs, settings, manual, sent < MOST_TESTS, shared);
			if (sentTo !== null) sent += 1;
			shownAs.rendered(rendered.length, manual, profile);
			const chat: IDataObject = { message: null, status: sentTo === null ? 'rendered' : 'test', reason: 'Manual run: nothing is recorded and no customer gets it', sentTo, ...rendition } as unknown as IDataObject;
			rendered.push(stamped(manual.item, manual.index, { manual: true, profile }, { chat }));
		} catch (error) {
			failed.push(failItem(context, error, manual.index));
		}
	}
	await tellGuards(engine, settings, rendered, shownAs);
	context.addExecutionHints({ message: hint(settings, sent), location: 'outputPane' });
	return [rendered, failed];
}

async function renderFor(context: IExecuteFunctions, engine: Engine, shownAs: ShownAs, { provider, silent, smsFrom, testRecipient, variants }: ChatSettings, manual: ManualItem, mayTest: boolean, shared: ChatContent | null): Promise<InVariants<ChatPreview>> {
	const template = templateOf(context);
	return await engine.messages.previewChat({
		service: provider.kind,
		profileId: await shownAs.as(manual, addressKindOf(provider), 'contactChatId'),
		item: manual.item.json as JsonObject,
		...(template === null ? { content: shared ?? contentOfItem(context, manual.index) } : { template }),
		...(variants === undefined ? {} : { variants }),
		...(silent === undefined ? {} : { silent }),
		...(smsFrom === undefined ? {} : { smsFrom }),
		...(testRecipient !== '' && mayTest ? { testRecipient, provider } : {}),
	});
}

async function tellGuards(engine: Engine, { provider, purpose, topic, holding }: ChatSettings, rendered: INodeExecutionData[], shownAs: ShownAs): Promise<void> {
	const asked = { channel: 'chat', purpose, ...(holding === undefined ? {} : { holding }) };
	const limits = await engine.messages.limits(asked);
	const guardsOf = await shownAs.guards({ ...asked, addressedBy: addressKindOf(provider), topic }, 'message');
	for (const [at, { json }] of rendered.entries()) {
		Object.assign(json.chat as IDataObject, { limits }, guardsOf(at));
	}
}

function hint({ testRecipient }: ChatSettings, sent: number): string {
	return testRecipient === ''
		? "Manual run: nothing was sent. The rendered message is in the field 'chat'. Fill in 'Test Recipient' to get it in a chat."
		: `Manual run: ${sent} ${sent === 1 ? 'message' : 'messages'} went to the test recipient, none to a customer.`;
}
