import { NodeHelpers } from 'n8n-workflow';
import type { INode, INodeTypeDescription } from 'n8n-workflow';

import { JourneyChat } from '../../../nodes/JourneyChat/JourneyChat.node';
import { JourneyCollectorTrigger } from '../../../nodes/JourneyCollectorTrigger/JourneyCollectorTrigger.node';
import { JourneyEmail } from '../../../nodes/JourneyEmail/JourneyEmail.node';
import { JourneyPush } from '../../../nodes/JourneyPush/JourneyPush.node';
import { JourneySms } from '../../../nodes/JourneySms/JourneySms.node';
import { JourneyWhatsApp } from '../../../nodes/JourneyWhatsApp/JourneyWhatsApp.node';

/** Names of the credentials that n8n shows, asks for and hands out at these parameters. */
function shown(description: INodeTypeDescription, parameters: INode['parameters']): string[] {
	const node = { parameters, typeVersion: 1 };
	return (description.credentials ?? []).filter((credential) => NodeHelpers.displayParameter(parameters, credential, node, description)).map(({ name }) => name);
}

it.each([
	['Journey Email', new JourneyEmail().description, { provider: 'smtp' }, ['journeySmtpApi']],
	['Journey Email', new JourneyEmail().description, { provider: 'sendgrid' }, ['journeySendGridApi']],
	['Journey SMS', new JourneySms().description, { provider: 'twilio' }, ['journeyTwilioApi']],
	['Journey WhatsApp', new JourneyWhatsApp().description, { provider: 'meta' }, ['journeyWhatsAppApi']],
	['Journey WhatsApp', new JourneyWhatsApp().description, { provider: 'twilio' }, ['journeyTwilioApi']],
	['Journey Chat', new JourneyChat().description, { provider: 'kakao' }, ['journeySolapiApi']],
	['Journey Push', new JourneyPush().description, { provider: 'fcm' }, ['journeyFcmApi']],
	['the collector', new JourneyCollectorTrigger().description, { reportsFrom: [] }, ['journeyCollectorApi']],
	['the collector', new JourneyCollectorTrigger().description, { reportsFrom: ['ses'] }, ['journeyCollectorApi', 'journeySesApi']],
	['the collector', new JourneyCollectorTrigger().description, { reportsFrom: ['twilio', 'ses'] }, ['journeyCollectorApi', 'journeySesApi', 'journeyTwilioApi']],
])('%s asks for the credentials of what is chosen: %#', (_who, description, parameters, names) => {
	expect(shown(description, parameters).filter((name) => name !== 'journeysDatabaseApi')).toEqual(names);
});

it.each([new JourneyChat(), new JourneyEmail(), new JourneyPush(), new JourneySms(), new JourneyCollectorTrigger()])('no field is taken by the editor for the kind of login: no value of one stands in `show` of a credential', ({ description: { credentials = [] } }) => {
	const values = credentials.flatMap(({ displayOptions }) => Object.values(displayOptions?.show ?? {}).flat());
	expect(values.length).toBeGreaterThan(3);
	expect(values.filter((value) => typeof value !== 'object')).toEqual([]);
});
