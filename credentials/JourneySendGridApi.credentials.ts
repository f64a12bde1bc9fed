import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** SendGrid for Journey Email, and the sender that its mails have unless the node says otherwise. */
export class JourneySendGridApi implements ICredentialType {
	name = 'journeySendGridApi';

	displayName = 'Journey SendGrid API';

	icon = {
		light: 'file:../icons/journeyEmail.svg',
		dark: 'file:../icons/journeyEmail.dark.svg',
	} as const;

	documentationUrl = 'https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'e.g. SG.xxxxx',
			description: 'From SendGrid, Settings, API Keys, with Full Access to Mail Send',
		},
		{
			displayName: 'Region',
			name: 'region',
			type: 'options',
			options: [
				{ name: 'EU', value: 'eu' },
				{ name: 'Global', value: 'global' },
			],
			default: 'global',
			description: 'Where the account or subuser keeps its data. A key works in its own region only.',
		},
		{
			displayName: 'Subuser',
			name: 'onBehalfOf',
			type: 'string',
			default: '',
			placeholder: 'e.g. newsletter',
			description: 'Name of the subuser to send as, with a key of the parent account. Empty: the account of the key.',
		},
		{
			displayName: 'Webhook Verification Key',
			name: 'webhookVerification',
			type: 'string',
			default: '',
			description: 'From SendGrid, Settings, Mail Settings, Event Webhook, with Signed Event Webhook on. Callbacks are refused without it.',
		},
		{
			displayName: 'Inbound Key',
			name: 'inboundSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Of your choice, for replies by SendGrid, Settings, Inbound Parse: end the address there with ?key= and this key. Without it no mail of Inbound Parse is believed.',
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
			description: 'Address of the sender where the node gives none. SendGrid must have verified it or its domain.',
		},
		{
			displayName: 'Connections',
			name: 'connections',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 50 },
			default: 10,
			description: 'How many mails may be handed over at once. More send faster, until SendGrid refuses.',
		},
		{
			displayName: 'API Address',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://gateway.example.com',
			description: 'Only for a gateway of your own. Empty: that of SendGrid.',
		},
	];
}
