import type { ICredentialType, INodeProperties } from 'n8n-workflow';

import { SMTP_PRESETS } from '../engine';

const CUSTOM = { show: { preset: ['custom'] } };

/** What a service wants as user and password is where most people get stuck, so it stands right above these fields. */
const hints = SMTP_PRESETS.flatMap(({ id, hint }): INodeProperties[] =>
	hint === undefined
		? []
		: [{ displayName: hint, name: `hint_${id}`, type: 'notice', displayOptions: { show: { preset: [id] } }, default: '' }],
);

const regional = SMTP_PRESETS.filter(({ host }) => host.includes('{region}')).map(({ id }) => id);

/** The mail server of Journey Email, and the sender that its mails have unless the node says otherwise. */
export class JourneySmtpApi implements ICredentialType {
	name = 'journeySmtpApi';

	displayName = 'Journey SMTP API';

	icon = {
		light: 'file:../icons/journeyEmail.svg',
		dark: 'file:../icons/journeyEmail.dark.svg',
	} as const;

	documentationUrl = 'https://nodemailer.com/smtp/';

	properties: INodeProperties[] = [
		{
			displayName: 'Service',
			name: 'preset',
			type: 'options',
			options: SMTP_PRESETS.map(({ id, name, host }) => ({ name, value: id, ...(host === '' ? {} : { description: host }) })),
			default: 'custom',
			description: 'Your mail service, whose server, port and encryption are known. Other: enter them yourself.',
		},
		...hints,
		{
			displayName: 'Region',
			name: 'region',
			type: 'string',
			displayOptions: { show: { preset: regional } },
			default: '',
			placeholder: 'e.g. eu-west-1',
			description: 'The region of your account, a part of the name of the server. Not needed when Host is filled in.',
		},
		{
			displayName: 'Host',
			name: 'host',
			type: 'string',
			default: '',
			placeholder: 'e.g. smtp.example.com',
			description: 'Name of the mail server. Empty: the one of the chosen service.',
		},
		{
			displayName: 'Port',
			name: 'port',
			type: 'number',
			displayOptions: CUSTOM,
			default: 587,
			description: 'Usually 587 with STARTTLS, 465 with TLS, 25 for a relay in your own network',
		},
		{
			displayName: 'Encryption',
			name: 'security',
			type: 'options',
			displayOptions: CUSTOM,
			options: [
				{ name: 'None', value: 'none', description: 'In the clear; only for a server on the same machine or network' },
				{ name: 'STARTTLS', value: 'starttls', description: 'Begins in the clear and must become encrypted, usually port 587' },
				{ name: 'TLS', value: 'tls', description: 'Encrypted from the start, usually port 465' },
			],
			default: 'starttls',
			description: 'How the connection to the server is protected',
		},
		{
			displayName: 'User',
			name: 'user',
			type: 'string',
			default: '',
			placeholder: 'e.g. hello@example.com',
			description: 'Name to log in with, often the whole email address. Empty: no login.',
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Password, app password or key of the service',
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
			description: 'Address of the sender where the node gives none. The server must allow it.',
		},
		{
			displayName: 'Connections',
			name: 'connections',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 50 },
			default: 5,
			description: 'How many connections may be open at once. More send faster, until the service refuses.',
		},
		{
			displayName: 'Accept Self-Signed Certificates',
			name: 'allowSelfSigned',
			type: 'boolean',
			default: false,
			description: 'Whether to connect even if the certificate of the server cannot be checked',
		},
		{
			displayName: 'DKIM Domain',
			name: 'dkimDomain',
			type: 'string',
			default: '',
			placeholder: 'e.g. example.com',
			description: 'Only for a server that does not sign by itself: each mail is signed for this domain, which the From address should have. Empty: the server signs.',
		},
		{
			displayName: 'DKIM Selector',
			name: 'dkimSelector',
			type: 'string',
			default: '',
			placeholder: 'e.g. mail2026',
			description: 'The part before ._domainkey of the DNS name that holds the public key',
		},
		{
			displayName: 'DKIM Private Key',
			name: 'dkimPrivateKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'The whole PEM of an RSA key, from BEGIN to END, without a passphrase. Its public half stands in DNS as a TXT record.',
		},
	];
}
