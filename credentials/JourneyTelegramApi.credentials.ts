import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Telegram bot of Journey Chat; its webhook secret tells whether an update is from Telegram. */
export class JourneyTelegramApi implements ICredentialType {
	name = 'journeyTelegramApi';

	displayName = 'Journey Telegram API';

	icon = {
		light: 'file:../icons/journeyChat.svg',
		dark: 'file:../icons/journeyChat.dark.svg',
	} as const;

	documentationUrl = 'https://core.telegram.org/bots/features#botfather';

	properties: INodeProperties[] = [
		{
			displayName: 'Bot Token',
			name: 'botToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'e.g. 123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11',
			description: 'From @BotFather: /newbot, or /token for a bot that is there',
		},
		{
			displayName: 'Webhook Secret',
			name: 'webhookSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Any text of letters, digits, _ and -, which is given to Telegram\'s setWebhook as secret_token. Updates that do not bear it are not believed.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://api.example.com',
			description: 'Only for a gateway in between. Empty: that of Telegram.',
		},
	];
}
