import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { EmailContent } from '../../engine';
import { templateOf } from '../shared/fields';
import { contactIn, sendPeople } from '../shared/sendPeople';
import type { Opened } from '../shared/step';
import { contentOfItem, sharedContent } from './content';
import { ExtrasReader } from './extras';
import { settingsOf } from './settings';

/** The whole batch in one engine call: reserve, guards, attempt, provider, confirm. */
export async function send(
	context: IExecuteFunctions,
	opened: Extract<Opened, { kind: 'journey' }>,
): Promise<INodeExecutionData[][]> {
	const { testRecipient: _testRecipient, ...batch } = await settingsOf(context, opened.engine);
	const template = templateOf(context);
	const shared = sharedContent(context);
	return await sendPeople<EmailContent>(context, opened, {
		field: 'mail',
		contactBy: 'email',
		contactOf: contactEmailOf,
		contentOf: shared === null && template === null ? contentOfItem : undefined,
		// Every item brings its own content when it comes from an expression; the first stands for the batch.
		calls: (items) => new ExtrasReader(context).calls(items),
		send: (items, files) => opened.engine.messages.sendEmail({ ...batch, step: opened.ref, items, files, ...(template === null ? { content: shared ?? (items[0].content as EmailContent) } : { template }) }),
	});
}

function contactEmailOf(context: IExecuteFunctions, itemIndex: number): string {
	return contactIn(context, itemIndex, { name: 'contactEmail', displayName: 'Contact Email', what: 'an address', example: '{{ $json.email }}' });
}
