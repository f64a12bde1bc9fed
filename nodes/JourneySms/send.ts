import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { TextContent } from '../../engine';
import { templateOf } from '../shared/fields';
import { contactIn, sendPeople } from '../shared/sendPeople';
import type { Opened } from '../shared/step';
import { contentOfItem, sharedContent } from './content';
import { settingsOf } from './settings';

/** The whole batch in one engine call: reserve, guards, attempt, provider, confirm. */
export async function send(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'journey' }>): Promise<INodeExecutionData[][]> {
	const { testRecipient: _testRecipient, ...batch } = await settingsOf(context, opened.engine);
	const template = templateOf(context);
	const shared = sharedContent(context);
	return await sendPeople<TextContent>(context, opened, {
		field: 'sms',
		contactBy: 'phone',
		contactOf: contactPhoneOf,
		contentOf: shared === null && template === null ? contentOfItem : undefined,
		// Every item brings its own content when it comes from an expression; the first stands for the batch.
		send: (items) => opened.engine.messages.sendSms({ ...batch, step: opened.ref, items, ...(template === null ? { content: shared ?? (items[0].content as TextContent) } : { template }) }),
	});
}

function contactPhoneOf(context: IExecuteFunctions, itemIndex: number): string {
	return contactIn(context, itemIndex, { name: 'contactPhone', displayName: 'Contact Phone', what: 'a phone number', example: '{{ $json.phone }}' });
}
