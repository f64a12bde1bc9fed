import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Sinch service plan of Journey SMS. */
export class JourneySinchApi implements ICredentialType {
	name = 'journeySinchApi';

	displayName = 'Journey Sinch API';

	icon = {
		light: 'file:../icons/journeySms.svg',
		dark: 'file:../icons/journeySms.dark.svg',
	} as const;

	documentationUrl = 'https://developers.sinch.com/docs/sms/';

	properties: INodeProperties[] = [
		{
			displayName: 'Service Plan ID',
			name: 'servicePlanId',
			type: 'string',
			default: '',
			placeholder: 'e.g. 9b2c4e6f8a0d4c1e8f3a5b7d9e1f2a3c',
			description: 'From the Sinch dashboard: SMS, APIs',
		},
		{
			displayName: 'API Token',
			name: 'apiToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Of the service plan',
		},
		{
			displayName: 'Region',
			name: 'region',
			type: 'options',
			options: [
				{ name: 'Australia', value: 'au' },
				{ name: 'Brazil', value: 'br' },
				{ name: 'Canada', value: 'ca' },
				{ name: 'Europe', value: 'eu' },
				{ name: 'United States', value: 'us' },
			],
			default: 'us',
			description: 'Where the service plan is',
		},
		{
			displayName: 'Callback Key',
			name: 'callbackSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Any text of 16 characters or more. Sinch signs nothing: whoever calls the callback address without ?key= and this text is not believed.',
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
			description: 'Only for a gateway in between. Empty: that of the region.',
		},
	];
}
