import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Bird (MessageBird) account of Journey SMS; its signing key tells whether a callback is from Bird. */
export class JourneyBirdApi implements ICredentialType {
	name = 'journeyBirdApi';

	displayName = 'Journey Bird API';

	icon = {
		light: 'file:../icons/journeySms.svg',
		dark: 'file:../icons/journeySms.dark.svg',
	} as const;

	documentationUrl = 'https://developers.messagebird.com/api/sms-messaging/';

	properties: INodeProperties[] = [
		{
			displayName: 'Access Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From Bird: Developers, API access',
		},
		{
			displayName: 'Signing Key',
			name: 'signingSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From Bird: Developers, signed requests. Without it no callback is believed.',
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
			description: 'Only for a gateway in between. Empty: that of Bird.',
		},
	];
}
