import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { PushContent } from '../../engine';
import { contactIn, sendPeople } from '../shared/sendPeople';
import type { Opened } from '../shared/step';
import { settingsOf } from './settings';

/** The whole batch in one engine call: reserve, guards, attempt, provider, confirm. */
export async function send(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'journey' }>): Promise<INodeExecutionData[][]> {
	const { testDevice: _testDevice, ...batch } = await settingsOf(context);
	return await sendPeople<PushContent>(context, opened, {
		field: 'push',
		contactBy: 'user_id',
		contactOf: contactUserIdOf,
		contentOf: undefined,
		send: (items) => opened.engine.messages.sendPush({ ...batch, step: opened.ref, items }),
	});
}

export function contactUserIdOf(context: IExecuteFunctions, itemIndex: number): string {
	return contactIn(context, itemIndex, { name: 'contactUserId', displayName: 'Contact User ID', what: 'a user ID', example: '{{ $json.userId }}' });
}
