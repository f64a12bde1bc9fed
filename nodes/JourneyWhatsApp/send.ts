import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { contactIn, sendPeople } from '../shared/sendPeople';
import type { Opened } from '../shared/step';
import { settingsOf } from './settings';

/** The whole batch in one engine call: reserve, guards and window, attempt, provider, confirm. */
export async function send(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'journey' }>): Promise<INodeExecutionData[][]> {
	const { testRecipient: _testRecipient, ...batch } = await settingsOf(context, opened.engine);
	return await sendPeople<never>(context, opened, {
		field: 'whatsapp',
		contactBy: 'phone',
		contactOf: contactPhoneOf,
		contentOf: undefined,
		send: (items) => opened.engine.messages.sendWhatsApp({ ...batch, step: opened.ref, items }),
	});
}

function contactPhoneOf(context: IExecuteFunctions, itemIndex: number): string {
	return contactIn(context, itemIndex, { name: 'contactPhone', displayName: 'Contact Phone', what: 'a phone number', example: '{{ $json.phone }}' });
}
