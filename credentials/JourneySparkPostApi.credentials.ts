import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** The SparkPost account of Journey Email, and the sender that its mails have unless the node says otherwise. */
export class JourneySparkPostApi implements ICredentialType {
	name = 'journeySparkPostApi';

	displayName = 'Journey SparkPost API';

	icon = {
		light: 'file:../icons/journeyEmail.svg',
		dark: 'file:../icons/journeyEmail.dark.svg',
	} as const;

	documentationUrl = 'https://developers.sparkpost.com/api/';

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description: 'From API Keys at SparkPost, with the permission Transmissions: Read/Write',
		},
		{
			displayName: 'Region',
			name: 'region',
			type: 'options',
			options: [
				{ name: 'Enterprise', value: 'enterprise', description: 'A host of your own' },
				{ name: 'Europe', value: 'eu', description: 'The host api.eu.sparkpost.com' },
				{ name: 'United States', value: 'us', description: 'The host api.sparkpost.com' },
			],
			default: 'us',
			description: 'Where the account is. A key works at one of them only.',
		},
		{
			displayName: 'Host',
			name: 'host',
			type: 'string',
			displayOptions: { show: { region: ['enterprise'] } },
			default: '',
			placeholder: 'e.g. example.api.e.sparkpost.com',
			description: 'Of an enterprise account, as SparkPost has told you',
		},
		{
			displayName: 'Callback Secret',
			name: 'callbackSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'A long random text that you make up, so that only the service\'s callbacks are believed: it signs none. Write it at the end of the callback\'s address as ?key=…, or as password of its login. Empty: no callback is taken.',
		},
		{
			displayName: 'Default From Name',
			name: 'fromName',
			type: 'string',
			default: '',
			placeholder: 'e.g. Anna from Example',
			description: 'Name of the sender where the node gives none',
		},
		{
			displayName: 'Default From Address',
			name: 'fromAddress',
			type: 'string',
			default: '',
			placeholder: 'e.g. hello@example.com',
			description: 'Address of the sender where the node gives none. Its domain must be verified at SparkPost.',
		},
		{
			displayName: 'Connections',
			name: 'connections',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 50 },
			default: 5,
			description: 'How many calls may be under way at once. More send faster, until the service refuses.',
		},
	];
}
