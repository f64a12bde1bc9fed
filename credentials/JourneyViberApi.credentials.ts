import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Viber bot of Journey Chat; its token also signs callbacks. */
export class JourneyViberApi implements ICredentialType {
	name = 'journeyViberApi';

	displayName = 'Journey Viber API';

	icon = {
		light: 'file:../icons/journeyChat.svg',
		dark: 'file:../icons/journeyChat.dark.svg',
	} as const;

	documentationUrl = 'https://developers.viber.com/docs/api/rest-bot-api/#authentication-token';

	properties: INodeProperties[] = [
		{
			displayName: 'Auth Token',
			name: 'authToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'e.g. 445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9',
			description: 'From the Viber Admin Panel: the bot, Edit Info. Callbacks are signed with it.',
		},
		{
			displayName: 'Sender Name',
			name: 'senderName',
			type: 'string',
			default: '',
			placeholder: 'e.g. The Shop',
			description: 'Whom people see, at most 28 characters',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://api.example.com',
			description: 'Only for a gateway in between. Empty: that of Viber.',
		},
	];
}
