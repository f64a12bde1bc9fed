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
			description: 'From Bird: Settings, Security, Access Keys. Of an account of MessageBird: Developers, API access.',
		},
		{
			displayName: 'Signing Key',
			name: 'signingSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'The one that the webhook subscription was made with. Of an account of MessageBird: Developers, signed requests. Without it no callback is believed.',
		},
		{
			displayName: 'Workspace ID',
			name: 'workspaceId',
			type: 'string',
			default: '',
			placeholder: 'e.g. a1405560-c8d3-4b1a-877d-3f449ad95352',
			description: 'Of the workspace at bird.com whose channel sends. Empty: the account is one of MessageBird.',
		},
		{
			displayName: 'Channel ID',
			name: 'channelId',
			type: 'string',
			default: '',
			placeholder: 'e.g. 52ad151f-f7b4-46f9-a5c6-d3318e650c84',
			description: 'Of the SMS channel in that workspace. Messages come from its number or name, whatever the step says.',
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
