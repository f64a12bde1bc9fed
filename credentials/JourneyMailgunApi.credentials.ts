import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** Mailgun for Journey Email, and the sender that its mails have unless the node says otherwise. */
export class JourneyMailgunApi implements ICredentialType {
	name = 'journeyMailgunApi';

	displayName = 'Journey Mailgun API';

	icon = {
		light: 'file:../icons/journeyEmail.svg',
		dark: 'file:../icons/journeyEmail.dark.svg',
	} as const;

	documentationUrl = 'https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description: 'A sending key of the domain (Sending, Domain Settings, Sending Keys), or an API key of the account',
		},
		{
			displayName: 'Domain',
			name: 'domain',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. mg.example.com',
			description: 'The sending domain as Mailgun lists it',
		},
		{
			displayName: 'Region',
			name: 'region',
			type: 'options',
			options: [
				{ name: 'EU', value: 'eu' },
				{ name: 'US', value: 'us' },
			],
			default: 'us',
			description: 'Where the domain was made in Mailgun. The other region does not know it.',
		},
		{
			displayName: 'Webhook Signing Key',
			name: 'webhookSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From Mailgun, Settings, API Keys: HTTP webhook signing key. Callbacks are refused without it.',
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
			description: 'Address of the sender where the node gives none. Best at the domain above, so that its DKIM signature fits.',
		},
		{
			displayName: 'Connections',
			name: 'connections',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 50 },
			default: 10,
			description: 'How many mails may be handed over at once. More send faster, until Mailgun refuses.',
		},
		{
			displayName: 'API Address',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://gateway.example.com',
			description: 'Only for a gateway of your own. Empty: that of Mailgun.',
		},
	];
}
