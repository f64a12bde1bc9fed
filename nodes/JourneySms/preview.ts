import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine, InVariants, JsonObject, SmsPreview, TextContent } from '../../engine';
import { getEngine } from '../shared/engine';
import { failItem } from '../shared/errors';
import { templateOf } from '../shared/fields';
import { foreseeFor } from '../shared/foresight';
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
	const profiles = new Map<number, number>();
	const troubles = new Set<string>();
	let sent = 0;
	for (const manual of opened.items) {
		try {
			const { profile, sentTo, trouble, ...rendition } = await renderFor(context, engine, settings, manual, sent < MOST_TESTS, shared);
			if (sentTo !== null) sent += 1;
			if (trouble !== null) troubles.add(trouble);
			if (profile !== null) profiles.set(rendered.length, profile);
			const sms: IDataObject = { message: null, status: sentTo === null ? 'rendered' : 'test', reason: 'Manual run: nothing is recorded and no customer gets it', sentTo, ...rendition, ...(trouble === null ? {} : { trouble }) };
			rendered.push(stamped(manual.item, manual.index, { manual: true, profile }, { sms }));
		} catch (error) {
			failed.push(failItem(context, error, manual.index));
		}
	}
	await tellGuards(context, engine, settings, rendered, profiles);
	tellTroubles(context, troubles);
	context.addExecutionHints({ message: hint(settings, sent), location: 'outputPane' });
	return [rendered, failed];
}

async function renderFor(context: IExecuteFunctions, engine: Engine, settings: SmsSettings, manual: ManualItem, mayTest: boolean, shared: TextContent | null): Promise<InVariants<SmsPreview>> {
	const template = templateOf(context);
	const { purpose, senders, trackClicks, smartEncoding, unsubscribeHint, prices, testRecipient, provider, variants } = settings;
	return await engine.messages.previewSms({
		profileId: await profileOf(context, engine, manual),
		item: manual.item.json as JsonObject,
		...(template === null ? { content: shared ?? contentOfItem(context, manual.index) } : { template }),
		...(variants === undefined ? {} : { variants }),
		purpose, senders, trackClicks, prices,
		...(smartEncoding === undefined ? {} : { smartEncoding }),
		...(unsubscribeHint === undefined ? {} : { unsubscribeHint }),
		...(testRecipient !== '' && mayTest ? { testRecipient, provider } : {}),
	});
}

/** The profile that the trigger chose; for an item from elsewhere the one with its number, if there is one. */
async function profileOf(context: IExecuteFunctions, engine: Engine, manual: ManualItem): Promise<number | null> {
	if (manual.profile !== null) return manual.profile;
	const phone = String(context.getNodeParameter('contactPhone', manual.index, '') ?? '').trim();
	return phone === '' ? null : ((await engine.profiles.get({ kind: 'phone', value: phone }))?.id ?? null);
}

async function tellGuards(context: IExecuteFunctions, engine: Engine, { purpose, topic, holding }: SmsSettings, rendered: INodeExecutionData[], profiles: ReadonlyMap<number, number>): Promise<void> {
	const asked = { channel: 'sms', purpose, ...(holding === undefined ? {} : { holding }) };
	const limits = await engine.messages.limits(asked);
	const foreseen = await foreseeFor(context, engine, { ...asked, topic, profiles: [...profiles.values()] }, 'message');
	for (const [at, { json }] of rendered.entries()) {
		const profile = profiles.get(at);
		Object.assign(json.sms as IDataObject, { limits }, profile === undefined ? {} : { guards: { ...foreseen.get(profile) } });
	}
}

function hint({ testRecipient }: SmsSettings, sent: number): string {
	return testRecipient === ''
		? "Manual run: nothing was sent. The rendered message, its segments and cost are in the field 'sms'. Fill in 'Test Recipient' to get it on a phone."
		: `Manual run: ${sent} ${sent === 1 ? 'message' : 'messages'} went to the test recipient, none to a customer.`;
}
