import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine, InVariants, JsonObject, SmsPreview, TextContent } from '../../engine';
import { getEngine } from '../shared/engine';
import { failItem } from '../shared/errors';
import { templateOf } from '../shared/fields';
import { ShownAs } from '../shared/shownAs';
import { tellTroubles } from '../shared/previewPeople';
import { stamped } from '../shared/stamp';
import type { ManualItem, Opened } from '../shared/step';
import { contentOfItem, sharedContent } from './content';
import { settingsOf } from './settings';
import type { SmsSettings } from './settings';

/** Each costs money, and all go to one phone. */
const MOST_TESTS = 3;

/** A manual run: rendered as the chosen profile, to look at, with its segments and cost. Recorded nowhere, sent to the test recipient or nobody. */
export async function preview(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'manual' }>): Promise<INodeExecutionData[][]> {
	const rendered: INodeExecutionData[] = [];
	const failed: INodeExecutionData[] = [...opened.failed];
	const engine = await getEngine(context);
	const settings = await settingsOf(context, engine);
	const shared = sharedContent(context);
	const shownAs = new ShownAs(context, engine);
	const troubles = new Set<string>();
	let sent = 0;
	for (const manual of opened.items) {
		try {
			const { profile, sentTo, trouble, ...rendition } = await renderFor(context, engine, shownAs, settings, manual, sent < MOST_TESTS, shared);
			if (sentTo !== null) sent += 1;
			shownAs.rendered(rendered.length, manual, profile);
			if (trouble !== null) troubles.add(trouble);
			const sms: IDataObject = { message: null, status: sentTo === null ? 'rendered' : 'test', reason: 'Manual run: nothing is recorded and no customer gets it', sentTo, ...rendition, ...(trouble === null ? {} : { trouble }) };
			rendered.push(stamped(manual.item, manual.index, { manual: true, profile }, { sms }));
		} catch (error) {
			failed.push(failItem(context, error, manual.index));
		}
	}
	await tellGuards(engine, settings, rendered, shownAs);
	tellTroubles(context, troubles);
	context.addExecutionHints({ message: hint(settings, sent), location: 'outputPane' });
	return [rendered, failed];
}

async function renderFor(context: IExecuteFunctions, engine: Engine, shownAs: ShownAs, settings: SmsSettings, manual: ManualItem, mayTest: boolean, shared: TextContent | null): Promise<InVariants<SmsPreview>> {
	const template = templateOf(context);
	const { purpose, senders, trackClicks, smartEncoding, unsubscribeHint, prices, testRecipient, provider, variants } = settings;
	return await engine.messages.previewSms({
		profileId: await shownAs.as(manual, 'phone', 'contactPhone'),
		item: manual.item.json as JsonObject,
		...(template === null ? { content: shared ?? contentOfItem(context, manual.index) } : { template }),
		...(variants === undefined ? {} : { variants }),
		purpose, senders, trackClicks, prices,
		...(smartEncoding === undefined ? {} : { smartEncoding }),
		...(unsubscribeHint === undefined ? {} : { unsubscribeHint }),
		...(testRecipient !== '' && mayTest ? { testRecipient, provider } : {}),
	});
}

async function tellGuards(engine: Engine, { purpose, topic, holding }: SmsSettings, rendered: INodeExecutionData[], shownAs: ShownAs): Promise<void> {
	const asked = { channel: 'sms', purpose, ...(holding === undefined ? {} : { holding }) };
	const limits = await engine.messages.limits(asked);
	const guardsOf = await shownAs.guards({ ...asked, topic }, 'message');
	for (const [at, { json }] of rendered.entries()) {
		Object.assign(json.sms as IDataObject, { limits }, guardsOf(at));
	}
}

function hint({ testRecipient }: SmsSettings, sent: number): string {
	return testRecipient === ''
		? "Manual run: nothing was sent. The rendered message, its segments and cost are in the field 'sms'. Fill in 'Test Recipient' to get it on a phone."
		: `Manual run: ${sent} ${sent === 1 ? 'message' : 'messages'} went to the test recipient, none to a customer.`;
}
