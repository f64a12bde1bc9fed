import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { WebPushContent } from '../../engine';
import { contactIn, sendPeople } from '../shared/sendPeople';
import type { Opened } from '../shared/step';
import { settingsOf } from './settings';

/** The whole batch in one engine call: reserve, guards, attempt, push services, confirm. */
export async function send(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'journey' }>): Promise<INodeExecutionData[][]> {
	const batch = settingsOf(context);
	return await sendPeople<WebPushContent>(context, opened, {
		field: 'webPush',
		contactBy: 'user_id',
		contactOf: (_context, index) => contactIn(context, index, { name: 'contactUserId', displayName: 'Contact User ID', what: 'a user ID', example: '{{ $json.userId }}' }),
		contentOf: undefined,
		send: (items) => opened.engine.messages.sendWebPush({ ...batch, step: opened.ref, items }),
	});
}
