import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Discord bot of Journey Chat; its public key tells whether an interaction is from Discord. */
export class JourneyDiscordApi implements ICredentialType {
	name = 'journeyDiscordApi';

	displayName = 'Journey Discord API';

	icon = {
		light: 'file:../icons/journeyChat.svg',
		dark: 'file:../icons/journeyChat.dark.svg',
	} as const;

	documentationUrl = 'https://docs.discord.com/developers/quick-start/getting-started';

	properties: INodeProperties[] = [
		{
			displayName: 'Bot Token',
			name: 'botToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From the Developer Portal: the application, Bot, Reset Token',
		},
		{
			displayName: 'Public Key',
			name: 'verifier',
			type: 'string',
			default: '',
			placeholder: 'e.g. a 64-digit hexadecimal number',
			description: 'From the application\'s General Information. Interactions are signed with it; without it none is believed.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://api.example.com',
			description: 'Only for a gateway in between. Empty: that of Discord.',
		},
	];
}
