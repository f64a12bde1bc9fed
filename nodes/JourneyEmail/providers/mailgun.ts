import { EngineError } from '../../../engine';
import type { MailgunConfig } from '../../../engine';
import { connectionTest, type EmailCredential, type EmailProviderChoice } from './choice';
import { addressOf, fieldOf } from './credentialFields';

/** The fields of the Journey Mailgun credential. */
export type MailgunCredential = EmailCredential & {
	apiKey?: string;
	domain?: string;
	region?: 'us' | 'eu';
	webhookSecret?: string;
	baseUrl?: string;
};

export function mailgunConfigOf(credential: MailgunCredential, connections?: number): MailgunConfig {
	const [apiKey, domain] = [fieldOf(credential, 'apiKey'), fieldOf(credential, 'domain').toLowerCase()];
	if (apiKey === '') throw new EngineError('BAD_INPUT', 'The Journey Mailgun credential holds no API key. Fill in API Key.');
	if (!/^[^\s/@%]+\.[^\s/@%]+$/.test(domain)) throw new EngineError('BAD_INPUT', 'The Journey Mailgun credential names no domain. Fill in Domain as Mailgun lists it, for example mg.example.com.');
	return {
		kind: 'mailgun', apiKey, domain, region: credential.region === 'eu' ? 'eu' : 'us',
		...addressOf('Journey Mailgun', credential), connections: connections ?? credential.connections ?? 10,
	};
}

export const mailgun: EmailProviderChoice<MailgunConfig> = {
	value: 'mailgun',
	name: 'Mailgun',
	description: 'Mailgun, by its API. Reports deliveries, bounces and complaints by its webhooks.',
	credential: 'journeyMailgunApi',
	configOf: mailgunConfigOf,
	test: connectionTest(mailgunConfigOf, ({ domain, region }) => `Mailgun (${region.toUpperCase()}); the key may send for ${domain}`),
};
