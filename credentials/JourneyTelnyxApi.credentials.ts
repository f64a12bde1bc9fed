import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Telnyx account of Journey SMS; its public key tells whether a callback is from Telnyx. */
export class JourneyTelnyxApi implements ICredentialType {
	name = 'journeyTelnyxApi';

	displayName = 'Journey Telnyx API';

	icon = {
		light: 'file:../icons/journeySms.svg',
		dark: 'file:../icons/journeySms.dark.svg',
	} as const;

	documentationUrl = 'https://developers.telnyx.com/docs/messaging/messages/send-message';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From Mission Control: Account, Keys & Credentials',
		},
		{
			displayName: 'Messaging Profile ID',
			name: 'messagingProfileId',
			type: 'string',
			default: '',
			placeholder: 'e.g. abc85f64-5717-4562-b3fc-2c9600000000',
			description: 'Needed for senders that are names, or for the number pool of the profile',
		},
		{
			displayName: 'Public Key',
			name: 'verifier',
			type: 'string',
			default: '',
			placeholder: 'e.g. nYkXpOvrgbnlMQH0yEvMEAUJh5Uf0DFAPm8IRXnULg8=',
			description: 'From Mission Control: Account, Keys & Credentials. Callbacks are signed with it; without it none is believed.',
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
			description: 'Only for a gateway in between. Empty: that of Telnyx.',
		},
	];
}
