import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The Firebase project of Journey Push. */
export class JourneyFcmApi implements ICredentialType {
	name = 'journeyFcmApi';

	displayName = 'Journey Firebase API';

	icon = {
		light: 'file:../icons/journeyPush.svg',
		dark: 'file:../icons/journeyPush.dark.svg',
	} as const;

	documentationUrl = 'https://firebase.google.com/docs/cloud-messaging/server-environment';

	properties: INodeProperties[] = [
		{
			displayName: 'Service Account Key',
			name: 'serviceAccountSecret',
			type: 'string',
			typeOptions: { password: true, rows: 4 },
			default: '',
			placeholder: 'e.g. {"type": "service_account", …}',
			description: 'The whole JSON file: Firebase, Project Settings, Service Accounts, Generate New Private Key',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://api.example.com',
			description: 'Only for a gateway in between. Empty: that of Firebase.',
		},
		{
			displayName: 'Token URL',
			name: 'tokenUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://oauth2.example.com/token',
			description: 'Only for a gateway in between. Empty: that of Google.',
		},
	];
}
