import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { OnSiteContent } from '../../engine';
import { contactIn, sendPeople } from '../shared/sendPeople';
import type { Opened } from '../shared/step';
import { settingsOf } from './settings';

/** The whole batch in one engine call: reserve, guards, attempt, and into the people's queues. */
export async function send(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'journey' }>): Promise<INodeExecutionData[][]> {
	const settings = settingsOf(context);
	return await sendPeople<OnSiteContent>(context, opened, {
		field: 'onSite',
		contactBy: 'email',
		contactOf: (of, index) => contactIn(of, index, { name: 'contactEmail', displayName: 'Contact Email', what: 'an email address', example: '{{ $json.email }}' }),
		contentOf: undefined,
		send: (items) => opened.engine.messages.sendOnSite({ ...settings, step: opened.ref, items }),
	});
}
