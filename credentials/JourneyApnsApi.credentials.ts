import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Apple developer account of Journey Push. */
export class JourneyApnsApi implements ICredentialType {
	name = 'journeyApnsApi';

	displayName = 'Journey APNs API';

	icon = {
		light: 'file:../icons/journeyPush.svg',
		dark: 'file:../icons/journeyPush.dark.svg',
	} as const;

	documentationUrl = 'https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns';

	properties: INodeProperties[] = [
		{
			displayName: 'Key',
			name: 'privateKey',
			type: 'string',
			typeOptions: { password: true, rows: 4 },
			default: '',
			placeholder: '-----BEGIN PRIVATE KEY-----',
			description: 'The whole .p8 file: Apple Developer, Certificates, Identifiers & Profiles, Keys, with Apple Push Notifications service (APNs)',
		},
		{
			displayName: 'Key ID',
			name: 'identifier',
			type: 'string',
			default: '',
			placeholder: 'e.g. ABC123DEFG',
			description: 'Of the key: 10 characters, also in the name of its file',
		},
		{
			displayName: 'Team ID',
			name: 'teamId',
			type: 'string',
			default: '',
			placeholder: 'e.g. DEF123GHIJ',
			description: 'From Membership Details of the developer account: 10 characters',
		},
		{
			displayName: 'Bundle ID',
			name: 'bundleId',
			type: 'string',
			default: '',
			placeholder: 'e.g. com.example.shop',
			description: 'Of the app',
		},
		{
			displayName: 'Environment',
			name: 'environment',
			type: 'options',
			options: [
				{ name: 'Production', value: 'production', description: 'Apps from the App Store and TestFlight' },
				{ name: 'Sandbox', value: 'sandbox', description: 'Apps that Xcode has installed' },
			],
			default: 'production',
			description: 'Where the device tokens are valid',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://api.example.com',
			description: 'Only for a gateway in between. Empty: that of Apple.',
		},
	];
}
