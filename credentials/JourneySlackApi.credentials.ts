import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Slack app of Journey Chat; its signing secret tells whether an event is from Slack. */
export class JourneySlackApi implements ICredentialType {
	name = 'journeySlackApi';

	displayName = 'Journey Slack API';

	icon = {
		light: 'file:../icons/journeyChat.svg',
		dark: 'file:../icons/journeyChat.dark.svg',
	} as const;

	documentationUrl = 'https://api.slack.com/authentication/basics';

	properties: INodeProperties[] = [
		{
			displayName: 'Bot Token',
			name: 'botToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'e.g. xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy',
			description: 'From the app\'s OAuth & Permissions, with the scope chat:write; for answers also im:history',
		},
		{
			displayName: 'Signing Secret',
			name: 'signingSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From the app\'s Basic Information. Events are signed with it; without it none is believed.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://api.example.com',
			description: 'Only for a gateway in between. Empty: that of Slack.',
		},
	];
}
