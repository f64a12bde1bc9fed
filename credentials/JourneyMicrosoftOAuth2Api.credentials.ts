import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** Microsoft 365 over SMTP, signed in with Microsoft. Scope: https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth */
export class JourneyMicrosoftOAuth2Api implements ICredentialType {
	name = 'journeyMicrosoftOAuth2Api';

	extends = ['microsoftOAuth2Api'];

	displayName = 'Journey Microsoft 365 OAuth2 API';

	icon = {
		light: 'file:../icons/journeyEmail.svg',
		dark: 'file:../icons/journeyEmail.dark.svg',
	} as const;

	documentationUrl = 'https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth';

	properties: INodeProperties[] = [
		{
			displayName: 'Scope',
			name: 'scope',
			type: 'hidden',
			default: 'openid offline_access https://outlook.office.com/SMTP.Send',
			description: 'What n8n asks Microsoft for: to send by SMTP',
		},
		{
			displayName: 'SMTP AUTH must be switched on for the mailbox (Microsoft 365 admin center: the user, Mail, Manage email apps).',
			name: 'smtpAuth',
			type: 'notice',
			default: '',
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
			placeholder: 'e.g. smtp.office365.us',
			description: 'Only where yours is another mail server, with a port as in host:port when that is not 587. Empty: smtp.office365.com.',
		},
	];
}
