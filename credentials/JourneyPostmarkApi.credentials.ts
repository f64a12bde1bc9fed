import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** A server of Postmark: what mails go through, the sender that they have unless the node says otherwise, and what its reports are checked with. */
export class JourneyPostmarkApi implements ICredentialType {
	name = 'journeyPostmarkApi';

	displayName = 'Journey Postmark API';

	icon = {
		light: 'file:../icons/journeyEmail.svg',
		dark: 'file:../icons/journeyEmail.dark.svg',
	} as const;

	documentationUrl = 'https://postmarkapp.com/developer/api/overview';

	properties: INodeProperties[] = [
		{
			displayName: 'Server Token',
			name: 'serverToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: "The server's token, from its API Tokens at Postmark; not the account's",
		},
		{
			displayName: 'Message Stream',
			name: 'messageStream',
			type: 'string',
			default: '',
			placeholder: 'e.g. broadcast',
			description: 'ID of the stream that the mails go out by. Empty: outbound, for transactional mail only; Postmark wants marketing in a broadcast stream.',
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
			description: 'Address of the sender where the node gives none. It must be a confirmed Sender Signature or of a verified domain.',
		},
		{
			displayName: 'Connections',
			name: 'connections',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 50 },
			default: 5,
			description: 'How many calls may be under way at once',
		},
		{
			displayName: 'Delivery Reports Secret',
			name: 'callbackSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description:
				"A long random text of your choice, by which Postmark's reports are known to be real: enter it as the password of Basic Auth in the webhooks of the message stream, with any user name. Needed only for Delivery Reports From in the Journey Collector Trigger.",
		},
	];
}
