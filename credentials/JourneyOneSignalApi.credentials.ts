import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The OneSignal app of Journey Push. */
export class JourneyOneSignalApi implements ICredentialType {
	name = 'journeyOneSignalApi';

	displayName = 'Journey OneSignal API';

	icon = {
		light: 'file:../icons/journeyPush.svg',
		dark: 'file:../icons/journeyPush.dark.svg',
	} as const;

	documentationUrl = 'https://documentation.onesignal.com/docs/keys-and-ids';

	properties: INodeProperties[] = [
		{
			displayName: 'App ID',
			name: 'appId',
			type: 'string',
			default: '',
			placeholder: 'e.g. 1dd608f2-c6a1-11e3-851d-000c2940e62c',
			description: 'From Settings, Keys & IDs',
		},
		{
			displayName: 'App API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'From Settings, Keys & IDs',
		},
		{
			displayName: 'Find People By',
			name: 'findBy',
			type: 'options',
			options: [
				{ name: 'External ID', value: 'externalId', description: 'The user ID, as the app gave it to OneSignal.login()' },
				{ name: 'Subscription ID', value: 'subscription', description: 'The device tokens kept with people, where they are subscription IDs of OneSignal' },
			],
			default: 'externalId',
			description: 'How OneSignal knows the people',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://api.example.com',
			description: 'Only for a gateway in between. Empty: that of OneSignal.',
		},
	];
}
