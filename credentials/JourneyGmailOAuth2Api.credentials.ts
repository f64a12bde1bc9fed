import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** Gmail and Google Workspace over SMTP, signed in with Google. The scope is the one that Google asks for SMTP: https://developers.google.com/workspace/gmail/imap/xoauth2-protocol */
export class JourneyGmailOAuth2Api implements ICredentialType {
	name = 'journeyGmailOAuth2Api';

	extends = ['googleOAuth2Api'];

	displayName = 'Journey Gmail OAuth2 API';

	icon = {
		light: 'file:../icons/journeyEmail.svg',
		dark: 'file:../icons/journeyEmail.dark.svg',
	} as const;

	documentationUrl = 'https://developers.google.com/workspace/gmail/imap/xoauth2-protocol';

	properties: INodeProperties[] = [
		{
			displayName: 'Scope',
			name: 'scope',
			type: 'hidden',
			default: 'https://mail.google.com/',
			description: 'What n8n asks Google for: to send by SMTP',
		},
		{
			displayName: 'Mailbox',
			name: 'user',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. hello@example.com',
			description: 'The address that you sign in with below. Mails come from it unless the node names another one that the mailbox may send as.',
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
			displayName: 'Host',
			name: 'host',
			type: 'string',
			default: '',
			placeholder: 'e.g. smtp-relay.gmail.com',
			description: 'Only where yours is another mail server, with a port as in host:port when that is not 587. Empty: smtp.gmail.com.',
		},
	];
}
