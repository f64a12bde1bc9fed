import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { ChatContent } from '../../engine';
import { templateOf } from '../shared/fields';
import { contactIn, sendPeople } from '../shared/sendPeople';
import type { Opened } from '../shared/step';
import { contentOfItem, sharedContent } from './content';
import { addressKindOf, settingsOf } from './settings';

/** The whole batch in one engine call: reserve, guards, attempt, provider, confirm. */
export async function send(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'journey' }>): Promise<INodeExecutionData[][]> {
	const { testRecipient: _testRecipient, ...batch } = await settingsOf(context);
	const template = templateOf(context);
	const shared = sharedContent(context);
	return await sendPeople<ChatContent>(context, opened, {
		field: 'chat',
		contactBy: addressKindOf(batch.provider),
		contactOf: contactChatIdOf,
		contentOf: shared === null && template === null ? contentOfItem : undefined,
		// Every item brings its own content when it comes from an expression; the first stands for the batch.
		send: (items) => opened.engine.messages.sendChat({ ...batch, step: opened.ref, items, ...(template === null ? { content: shared ?? (items[0].content as ChatContent) } : { template }) }),
	});
}

function contactChatIdOf(context: IExecuteFunctions, itemIndex: number): string {
	return contactIn(context, itemIndex, { name: 'contactChatId', displayName: 'Contact Chat ID', what: 'the ID by which the service knows the person', example: '{{ $json.telegramId }}' });
}
