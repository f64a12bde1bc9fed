import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** Amazon SES for Journey Email, and the sender that its mails have unless the node says otherwise. */
export class JourneySesApi implements ICredentialType {
	name = 'journeySesApi';

	displayName = 'Journey SES API';

	icon = {
		light: 'file:../icons/journeyEmail.svg',
		dark: 'file:../icons/journeyEmail.dark.svg',
	} as const;

	documentationUrl = 'https://docs.aws.amazon.com/ses/latest/dg/send-email-api.html';

	properties: INodeProperties[] = [
		{
			displayName: 'Region',
			name: 'region',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. eu-west-1',
			description: 'The region in which the domain is verified and the account may send',
		},
		{
			displayName: 'Access Key ID',
			name: 'accessKeyId',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. AKIAIOSFODNN7EXAMPLE',
			description: 'Of an IAM user with the rights ses:SendEmail, ses:SendRawEmail and, for the test of this credential, ses:GetAccount',
		},
		{
			displayName: 'Secret Access Key',
			name: 'secretAccessKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			description: 'The secret that was shown when the access key was made. These are not the SMTP credentials of SES.',
		},
		{
			displayName: 'Session Token',
			name: 'sessionToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Only for temporary keys, which end after some hours',
		},
		{
			displayName: 'Configuration Set',
			name: 'configurationSet',
			type: 'string',
			default: '',
			placeholder: 'e.g. journeys',
			description: 'Its event destinations tell of deliveries, bounces and complaints. Empty: the default one of the domain, if it has any.',
		},
		{
			displayName: 'Topic ARNs',
			name: 'topicArns',
			type: 'string',
			default: '',
			placeholder: 'e.g. arn:aws:sns:eu-west-1:123456789012:ses-events',
			description: 'The SNS topics whose callbacks are believed, separated by commas. Callbacks of any other topic are refused.',
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
			description: 'Address of the sender where the node gives none. Its domain must be verified in SES.',
		},
		{
			displayName: 'Connections',
			name: 'connections',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 50 },
			default: 5,
			description: 'How many mails may be handed over at once. A new account may send 14 a second; what is too fast waits.',
		},
		{
			displayName: 'API Address',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://gateway.example.com',
			description: 'Only for a VPC or FIPS endpoint. Empty: the public one of the region.',
		},
	];
}
