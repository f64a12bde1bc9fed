import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Solapi account of Journey SMS. */
export class JourneySolapiApi implements ICredentialType {
	name = 'journeySolapiApi';

	displayName = 'Journey Solapi API';

	icon = {
		light: 'file:../icons/journeySms.svg',
		dark: 'file:../icons/journeySms.dark.svg',
	} as const;

	documentationUrl = 'https://developers.solapi.com/references/authentication/api-key';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'e.g. NCSAYU7YDBXYORXC',
			description: 'From the Solapi console: Development, API Key',
		},
		{
			displayName: 'API Secret',
			name: 'apiSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Shown when the API key was made',
		},
		{
			displayName: 'Callback Key',
			name: 'callbackSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Any text of 16 characters or more. Solapi signs nothing: whoever calls the callback address without ?key= and this text is not believed.',
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
			description: 'Only for a gateway in between. Empty: that of Solapi.',
		},
	];
}
