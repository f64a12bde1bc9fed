import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Infobip account of Journey SMS. */
export class JourneyInfobipApi implements ICredentialType {
	name = 'journeyInfobipApi';

	displayName = 'Journey Infobip API';

	icon = {
		light: 'file:../icons/journeySms.svg',
		dark: 'file:../icons/journeySms.dark.svg',
	} as const;

	documentationUrl = 'https://www.infobip.com/docs/essentials/api-authentication';

	properties: INodeProperties[] = [
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://abc123.api.infobip.com',
			description: 'Of the account, from the start page of Infobip',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From Infobip: Developer Tools, API Keys. It needs the scope sms:message:send.',
		},
		{
			displayName: 'Callback Key',
			name: 'callbackSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Any text of 16 characters or more. Infobip signs nothing: whoever calls the callback address without ?key= and this text is not believed.',
		},
		{
			displayName: 'Default From',
			name: 'from',
			type: 'string',
			default: '',
			placeholder: 'e.g. +14155550100',
			description: 'Number or name that messages come from where the node gives none',
		},
	];
}
