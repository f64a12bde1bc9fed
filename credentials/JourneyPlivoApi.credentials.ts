import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Plivo account of Journey SMS; its token also tells whether a callback is from Plivo. */
export class JourneyPlivoApi implements ICredentialType {
	name = 'journeyPlivoApi';

	displayName = 'Journey Plivo API';

	icon = {
		light: 'file:../icons/journeySms.svg',
		dark: 'file:../icons/journeySms.dark.svg',
	} as const;

	documentationUrl = 'https://www.plivo.com/docs/messaging/api/overview';

	properties: INodeProperties[] = [
		{
			displayName: 'Auth ID',
			name: 'authId',
			type: 'string',
			default: '',
			placeholder: 'e.g. MAXXXXXXXXXXXXXXXXXX',
			description: 'From the start page of the Plivo console',
		},
		{
			displayName: 'Auth Token',
			name: 'authToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From the start page of the Plivo console. Callbacks are signed with it.',
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
			description: 'Only for a gateway in between. Empty: that of Plivo.',
		},
	];
}
