import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Expo project of Journey Push. */
export class JourneyExpoApi implements ICredentialType {
	name = 'journeyExpoApi';

	displayName = 'Journey Expo API';

	icon = {
		light: 'file:../icons/journeyPush.svg',
		dark: 'file:../icons/journeyPush.dark.svg',
	} as const;

	documentationUrl = 'https://docs.expo.dev/push-notifications/sending-notifications/#additional-security';

	properties: INodeProperties[] = [
		{
			displayName: 'Access Token',
			name: 'accessToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Only where the project asks for it (Enhanced Security for Push Notifications): Expo, Account Settings, Access Tokens',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://api.example.com',
			description: 'Only for a gateway in between. Empty: that of Expo.',
		},
	];
}
