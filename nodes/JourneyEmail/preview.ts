import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { JsonObject } from '../../engine';
import { getEngine } from '../shared/engine';
import { failItem } from '../shared/errors';
import { templateOf } from '../shared/fields';
import { tellTroubles } from '../shared/previewPeople';
import { ShownAs } from '../shared/shownAs';
import { stamped } from '../shared/stamp';
import type { Opened } from '../shared/step';
import { contentOfItem, sharedContent } from './content';
import { ExtrasReader } from './extras';
import { settingsOf } from './settings';
import type { EmailSettings } from './settings';

/** A manual run over a sheet of 500 rows must not fill the tester's inbox. */
const MOST_TEST_MAILS = 5;

/** A manual run: rendered as the chosen profile, to look at. Recorded nowhere, mailed to the test recipient or nobody. */
export async function preview(
	context: IExecuteFunctions,
	opened: Extract<Opened, { kind: 'manual' }>,
): Promise<INodeExecutionData[][]> {
	const rendered: INodeExecutionData[] = [];
	const failed: INodeExecutionData[] = [...opened.failed];
	const engine = await getEngine(context);
	const settings = await settingsOf(context, engine);
	const template = templateOf(context);
	const shared = sharedContent(context);
	const extras = new ExtrasReader(context);
	const shownAs = new ShownAs(context, engine);
	const troubles = new Set<string>();
	let mailed = 0;
	for (const manual of opened.items) {
		try {
			const content = template === null ? { content: shared ?? contentOfItem(context, manual.index) } : { template };
			const toTester = settings.testRecipient !== '' && mailed < MOST_TEST_MAILS;
			const rendition = await engine.messages.preview({
				profileId: await shownAs.as(manual, 'email', 'contactEmail'),
				item: manual.item.json as JsonObject,
				...content,
				from: settings.from,
				...(settings.variants === undefined ? {} : { variants: settings.variants }),
				...(await extras.single(manual.index, manual.item)),
				...(toTester ? { testRecipient: settings.testRecipient, provider: settings.provider } : {}),
			});
			if (rendition.sentTo !== null) mailed += 1;
			if (rendition.trouble !== null) troubles.add(rendition.trouble);
			shownAs.rendered(rendered.length, manual, rendition.profile);
			const mail: IDataObject = {
				message: null,
				status: rendition.sentTo === null ? 'rendered' : 'test',
				reason: 'Manual run: nothing is recorded and no customer is mailed',
				sentTo: rendition.sentTo,
				subject: rendition.subject,
				text: rendition.text,
				html: rendition.html,
				...(rendition.trouble === null ? {} : { trouble: rendition.trouble }),
				...(rendition.variant === undefined ? {} : { variant: rendition.variant, otherVariants: rendition.otherVariants ?? [] }),
			};
			const item = stamped(manual.item, manual.index, { manual: true, profile: rendition.profile }, { mail });
			// n8n shows HTML as source only; the file, downloaded under Binary, opens as a mail program would draw it.
			const file = await context.helpers.prepareBinaryData(Buffer.from(rendition.html), 'mail.html', 'text/html');
			rendered.push({ ...item, binary: { ...item.binary, mail: file } });
		} catch (error) {
			failed.push(failItem(context, error, manual.index));
		}
	}
	const { purpose, topic, holding } = settings;
	const limits = await engine.messages.limits({ channel: 'email', purpose, sender: settings.from.address, ...(holding === undefined ? {} : { holding }) });
	const guardsOf = await shownAs.guards({ channel: 'email', purpose, topic, ...(holding === undefined ? {} : { holding }) }, 'mail');
	for (const [at, { json }] of rendered.entries()) Object.assign(json.mail as IDataObject, { limits }, guardsOf(at));
	tellTroubles(context, troubles, 'mail');
	hint(context, settings, mailed);
	return [rendered, failed];
}

function hint(context: IExecuteFunctions, settings: EmailSettings, mailed: number): void {
	const message =
		settings.testRecipient === ''
			? "Manual run: no mail was sent. The rendered mail is in the field 'mail', and as a file to open under Binary. Fill in 'Test Recipient' to get it by mail."
			: `Manual run: ${mailed} ${mailed === 1 ? 'mail' : 'mails'} went to the test recipient, none to a customer.`;
	context.addExecutionHints({ message, location: 'outputPane' });
}
