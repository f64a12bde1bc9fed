import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Twilio account of Journey SMS; its token also tells whether a callback is from Twilio. */
export class JourneyTwilioApi implements ICredentialType {
	name = 'journeyTwilioApi';

	displayName = 'Journey Twilio API';

	icon = {
		light: 'file:../icons/journeySms.svg',
		dark: 'file:../icons/journeySms.dark.svg',
	} as const;

	documentationUrl = 'https://www.twilio.com/docs/iam/api-keys';

	properties: INodeProperties[] = [
		{
			displayName: 'Account SID',
			name: 'accountSid',
			type: 'string',
			default: '',
			placeholder: 'e.g. ACxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
			description: 'From the start page of the Twilio console',
		},
		{
			displayName: 'Auth Token',
			name: 'authToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From the start page of the Twilio console. Callbacks are signed with it, also where an API key logs in.',
		},
		{
			displayName: 'API Key SID',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'e.g. SKxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
			description: 'Logs in instead of the Auth Token. Empty: the Auth Token does.',
		},
		{
			displayName: 'API Key Secret',
			name: 'apiKeySecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'The secret that Twilio showed when the API key was made',
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
			placeholder: 'e.g. https://api.dublin.ie1.twilio.com',
			description: 'Only for another region of Twilio. Empty: the usual one.',
		},
	];
}
