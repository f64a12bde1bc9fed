import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Resend account of Journey Email, and the sender that its mails have unless the node says otherwise. */
export class JourneyResendApi implements ICredentialType {
	name = 'journeyResendApi';

	displayName = 'Journey Resend API';

	icon = {
		light: 'file:../icons/journeyEmail.svg',
		dark: 'file:../icons/journeyEmail.dark.svg',
	} as const;

	documentationUrl = 'https://resend.com/docs/api-reference/introduction';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'e.g. re_…',
			description: 'From API Keys at Resend. Sending Access is enough.',
		},
		{
			displayName: 'Signing Secret',
			name: 'signingSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'e.g. whsec_…',
			description: 'Of the webhook that tells of deliveries, bounces and complaints: Webhooks at Resend, Signing Secret. Empty: no callback is taken.',
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
			description: 'Address of the sender where the node gives none. Its domain must be verified at Resend.',
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
