import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import { EngineError, smtpPreset } from '../../../engine';
import type { SmtpConfig } from '../../../engine';
import { connectionTest, type EmailProviderChoice } from './choice';

const DEFAULT_CONNECTIONS = 5;

/** The fields of the Journey SMTP credential. */
export type SmtpCredential = ICredentialDataDecryptedObject & {
	preset?: string;
	region?: string;
	host?: string;
	port?: number;
	security?: 'tls' | 'starttls' | 'none';
	user?: string;
	password?: string;
	fromName?: string;
	fromAddress?: string;
	allowSelfSigned?: boolean;
	connections?: number;
	dkimDomain?: string;
	dkimSelector?: string;
	dkimPrivateKey?: string;
};

/** The engine's configuration from the credential. `connections` of the node wins. Throws BAD_INPUT when no server is named. */
export function smtpConfigOf(credential: SmtpCredential, connections?: number): SmtpConfig {
	const { host, port, secure, requireTls } = serverOf(credential);
	const user = (credential.user ?? '').trim();
	return {
		kind: 'smtp',
		host,
		port,
		secure,
		requireTls,
		...(user === '' ? {} : { user, password: credential.password ?? '' }),
		...dkimOf(credential),
		connections: connections ?? credential.connections ?? DEFAULT_CONNECTIONS,
		allowSelfSigned: credential.allowSelfSigned ?? false,
	};
}

/** One of the three fields alone is a mistake, not a wish for unsigned mail: the engine says which one is missing. */
function dkimOf({ dkimDomain, dkimSelector, dkimPrivateKey }: SmtpCredential): Pick<SmtpConfig, 'dkim'> {
	const dkim = { domain: (dkimDomain ?? '').trim(), selector: (dkimSelector ?? '').trim(), privateKey: (dkimPrivateKey ?? '').trim() };
	return Object.values(dkim).every((part) => part === '') ? {} : { dkim };
}

function serverOf(credential: SmtpCredential): Pick<SmtpConfig, 'host' | 'port' | 'secure' | 'requireTls'> {
	const own = (credential.host ?? '').trim();
	const preset = smtpPreset(credential.preset ?? 'custom');
	if (!preset || preset.id === 'custom') {
		if (own === '') throw new EngineError('BAD_INPUT', 'The Journey SMTP credential names no mail server. Choose a service, or fill in Host.');
		const security = credential.security ?? 'starttls';
		return { host: own, port: credential.port ?? 587, secure: security === 'tls', requireTls: security !== 'none' };
	}
	const { port, secure, requireTls } = preset;
	return { host: own || hostIn(preset.host, (credential.region ?? '').trim()), port, secure, requireTls };
}

function hostIn(host: string, region: string): string {
	if (!host.includes('{region}')) return host;
	if (region === '') {
		throw new EngineError('BAD_INPUT', 'The Journey SMTP credential names no region. Fill in Region, for example eu-west-1, or Host.');
	}
	return host.replace('{region}', region);
}

export const smtp: EmailProviderChoice<SmtpConfig> = {
	value: 'smtp',
	name: 'SMTP',
	description: 'Any mail server, and any mail service by its mail server',
	credential: 'journeySmtpApi',
	configOf: smtpConfigOf,
	test: connectionTest(smtpConfigOf, ({ host }) => host),
};
