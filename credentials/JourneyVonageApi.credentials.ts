import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Vonage account of Journey SMS; its signature secret tells whether a callback is from Vonage. */
export class JourneyVonageApi implements ICredentialType {
	name = 'journeyVonageApi';

	displayName = 'Journey Vonage API';

	icon = {
		light: 'file:../icons/journeySms.svg',
		dark: 'file:../icons/journeySms.dark.svg',
	} as const;

	documentationUrl = 'https://developer.vonage.com/en/messages/overview';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'e.g. abcd1234',
			description: 'From the start page of the Vonage dashboard',
		},
		{
			displayName: 'API Secret',
			name: 'apiSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From the start page of the Vonage dashboard',
		},
		{
			displayName: 'Application ID',
			name: 'applicationId',
			type: 'string',
			default: '',
			placeholder: 'e.g. aaaaaaaa-bbbb-cccc-dddd-0123456789ab',
			description: 'Sends as this application, with its private key. Empty: by key and secret.',
		},
		{
			displayName: 'Private Key',
			name: 'privateKey',
			type: 'string',
			typeOptions: { password: true, rows: 4 },
			default: '',
			description: 'The whole text of the file private.key of the application',
		},
		{
			displayName: 'Signature Secret',
			name: 'signatureSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From Settings of the Vonage dashboard: what callbacks are signed with. Without it none is believed.',
		},
		{
			displayName: 'Default From',
			name: 'from',
			type: 'string',
			default: '',
			placeholder: 'e.g. +14155550100',
			description: 'Number or name that messages come from where the node gives none',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://api.example.com',
			description: 'Only for another region of Vonage. Empty: the usual one.',
		},
	];
}
