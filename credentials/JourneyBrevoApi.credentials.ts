import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Brevo account of Journey Email, and the sender that its mails have unless the node says otherwise. */
export class JourneyBrevoApi implements ICredentialType {
	name = 'journeyBrevoApi';

	displayName = 'Journey Brevo API';

	icon = {
		light: 'file:../icons/journeyEmail.svg',
		dark: 'file:../icons/journeyEmail.dark.svg',
	} as const;

	documentationUrl = 'https://developers.brevo.com/docs/getting-started';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'e.g. xkeysib-…',
			description: 'From SMTP and API at Brevo, tab API Keys. Not the SMTP key.',
		},
		{
			displayName: 'Callback Secret',
			name: 'callbackSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'A long random text that you make up, so that only the service\'s callbacks are believed: it signs none. Write it at the end of the callback\'s address as ?key=…, or as password of its login. Empty: no callback is taken.',
		},
		{
			displayName: 'Default From Name',
			name: 'fromName',
			type: 'string',
			default: '',
			placeholder: 'e.g. Anna from Example',
			description: 'Name of the sender where the node gives none',
		},
		{
			displayName: 'Default From Address',
			name: 'fromAddress',
			type: 'string',
			default: '',
			placeholder: 'e.g. hello@example.com',
			description: 'Address of the sender where the node gives none. It, or its domain, must be verified at Brevo.',
		},
		{
			displayName: 'Connections',
			name: 'connections',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 50 },
			default: 5,
			description: 'How many calls may be under way at once. More send faster, until the service refuses.',
		},
	];
}
