import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Lob account of Journey Direct Mail; its webhook secret tells whether a callback is from Lob. */
export class JourneyLobApi implements ICredentialType {
	name = 'journeyLobApi';

	displayName = 'Journey Lob API';

	icon = {
		light: 'file:../icons/journeyDirectMail.svg',
		dark: 'file:../icons/journeyDirectMail.dark.svg',
	} as const;

	documentationUrl = 'https://docs.lob.com/';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Secret key from Lob: Settings, API Keys. By one that begins with test_ nothing is printed and nothing costs; by one that begins with live_ each piece is.',
		},
		{
			displayName: 'Webhook Secret',
			name: 'webhookSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From Lob: Webhooks. What Lob tells of pieces is signed with it; without it none is believed.',
		},
		{
			displayName: 'Default From',
			name: 'from',
			type: 'string',
			default: '',
			placeholder: 'e.g. adr_210a8d4b0b76d77b',
			description: 'The sender where the node gives none: ID of an address in Lob, under Addresses',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://api.lob.com/v1',
			description: 'Only for a gateway in between. Empty: that of Lob.',
		},
	];
}
