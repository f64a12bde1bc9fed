import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine, InVariants, JsonObject, RenderedWhatsApp, WhatsAppPreview } from '../../engine';
import { getEngine } from '../shared/engine';
import { failItem } from '../shared/errors';
import { madeBy } from '../shared/fields';
import { ShownAs } from '../shared/shownAs';
import { stamped } from '../shared/stamp';
import type { ManualItem, Opened } from '../shared/step';
import { settingsOf, type WhatsAppSettings } from './settings';

/** Each costs money, and all go to one phone. */
const MOST_TESTS = 3;

/** A manual run: rendered as the chosen profile, to look at. Recorded nowhere, sent to the test recipient or nobody. */
export async function preview(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'manual' }>): Promise<INodeExecutionData[][]> {
	const rendered: INodeExecutionData[] = [];
	const failed: INodeExecutionData[] = [...opened.failed];
	const engine = await getEngine(context);
	const settings = await settingsOf(context, engine);
	const shownAs = new ShownAs(context, engine);
	let [sent, from, isApproved] = [0, '', false];
	for (const manual of opened.items) {
		try {
			const shown = await renderFor(engine, shownAs, settings, manual, sent < MOST_TESTS);
			const { profile, sentTo } = shown;
			if (sentTo !== null) sent += 1;
			({ from } = shown);
			isApproved = shown.message.body.kind === 'template';
			shownAs.rendered(rendered.length, manual, profile);
			const whatsapp: IDataObject = {
				message: null, status: sentTo === null ? 'rendered' : 'test', reason: 'Manual run: nothing is recorded and no customer gets it', sentTo, from,
				...shownOf(shown.message), ...(shown.whenClosed === null ? {} : { whenClosed: shownOf(shown.whenClosed) }),
				...(shown.variant === undefined ? {} : { variant: shown.variant, otherVariants: (shown.otherVariants ?? []).map(({ variant, message }) => ({ variant, ...shownOf(message) })) }),
			};
			rendered.push(stamped(manual.item, manual.index, { manual: true, profile }, { whatsapp }));
		} catch (error) {
			failed.push(failItem(context, error, manual.index));
		}
	}
	await tellGuards(engine, settings, { from, isApproved }, rendered, shownAs);
	context.addExecutionHints({ message: hint(settings, sent), location: 'outputPane' });
	return [rendered, failed];
}

function shownOf({ text, body }: RenderedWhatsApp): IDataObject {
	if (body.kind === 'text') return { kind: 'text', text };
	if (body.kind === 'interactive') return { ...body, kind: 'interactive', text } as unknown as IDataObject;
	if (body.kind === 'media') return { kind: body.type, text, url: body.url, ...(body.fileName === '' ? {} : { fileName: body.fileName }) };
	return { kind: 'template', text, template: body.template as unknown as IDataObject };
}

async function renderFor(engine: Engine, shownAs: ShownAs, settings: WhatsAppSettings, manual: ManualItem, mayTest: boolean): Promise<InVariants<WhatsAppPreview>> {
	const { purpose, whenClosed, from, trackClicks, testRecipient, provider } = settings;
	return await engine.messages.previewWhatsApp({
		profileId: await shownAs.as(manual, 'phone', 'contactPhone'), item: manual.item.json as JsonObject, ...madeBy(settings), purpose, from, trackClicks, provider,
		...(whenClosed === undefined ? {} : { whenClosed }),
		...(testRecipient !== '' && mayTest ? { testRecipient } : {}),
	});
}

async function tellGuards(engine: Engine, { purpose, topic, holding, whenClosed }: WhatsAppSettings, { from, isApproved }: { from: string; isApproved: boolean }, rendered: INodeExecutionData[], shownAs: ShownAs): Promise<void> {
	const asked = { channel: 'whatsapp', purpose, ...(holding === undefined ? {} : { holding }) };
	const limits = await engine.messages.limits(asked);
	const window = isApproved ? {} : { window: { sender: from, whenClosed: whenClosed === undefined ? ('skip' as const) : ('instead' as const) } };
	const guardsOf = await shownAs.guards({ ...asked, ...window, topic }, 'message');
	for (const [at, { json }] of rendered.entries()) {
		Object.assign(json.whatsapp as IDataObject, { limits }, guardsOf(at));
	}
}

function hint({ testRecipient }: WhatsAppSettings, sent: number): string {
	return testRecipient === ''
		? "Manual run: nothing was sent. The rendered message is in the field 'whatsapp'. Fill in 'Test Recipient' to get it on a phone."
		: `Manual run: ${sent} ${sent === 1 ? 'message' : 'messages'} went to the test recipient, none to a customer.`;
}
