import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { OnSiteContent } from '../../engine';
import { contactIn, sendPeople } from '../shared/sendPeople';
import type { Opened } from '../shared/step';
import { settingsOf, type OnSiteSettings } from './settings';

/** The whole batch in one engine call: reserve, guards, attempt, and into the people's queues. */
export async function send(context: IExecuteFunctions, opened: Extract<Opened, { kind: 'journey' }>): Promise<INodeExecutionData[][]> {
	const settings = settingsOf(context);
	tellUnproven(context, settings);
	return await sendPeople<OnSiteContent>(context, opened, {
		field: 'onSite',
		contactBy: 'email',
		contactOf: (of, index) => contactIn(of, index, { name: 'contactEmail', displayName: 'Contact Email', what: 'an email address', example: '{{ $json.email }}' }),
		contentOf: undefined,
		send: (items) => opened.engine.messages.sendOnSite({ ...settings, step: opened.ref, items }),
	});
}

/** Told, not refused: a form that is live goes on taking sign-ups. */
function tellUnproven(context: IExecuteFunctions, settings: OnSiteSettings): void {
	if (!('content' in settings) || settings.content?.form === undefined || settings.content.form.consentText.trim() !== '') return;
	context.addExecutionHints({ type: 'warning', message: "This sign-up form has no consent text: nothing proves what people agree to by it. Write it into 'Consent Text'.", location: 'outputPane' });
}
