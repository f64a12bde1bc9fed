import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The LINE official account of Journey Chat; its channel secret tells whether a webhook is from LINE. */
export class JourneyLineApi implements ICredentialType {
	name = 'journeyLineApi';

	displayName = 'Journey LINE API';

	icon = {
		light: 'file:../icons/journeyChat.svg',
		dark: 'file:../icons/journeyChat.dark.svg',
	} as const;

	documentationUrl = 'https://developers.line.biz/en/docs/messaging-api/getting-started/';

	properties: INodeProperties[] = [
		{
			displayName: 'Channel Access Token',
			name: 'channelAccessToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Long-lived, from the LINE Developers Console: the channel, Messaging API',
		},
		{
			displayName: 'Channel Secret',
			name: 'channelSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From the channel\'s Basic settings. Webhooks are signed with it; without it none is believed.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://api.example.com',
			description: 'Only for a gateway in between. Empty: that of LINE.',
		},
	];
}
