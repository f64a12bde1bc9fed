import { EngineError } from '../../../engine';
import type { SendGridConfig } from '../../../engine';
import { connectionTest, type EmailCredential, type EmailProviderChoice } from './choice';
import { addressOf, fieldOf } from './credentialFields';

/** The fields of the Journey SendGrid credential. */
export type SendGridCredential = EmailCredential & {
	apiKey?: string;
	region?: 'global' | 'eu';
	onBehalfOf?: string;
	/** A public key. */
	webhookVerification?: string;
	baseUrl?: string;
};

export function sendGridConfigOf(credential: SendGridCredential, connections?: number): SendGridConfig {
	const apiKey = fieldOf(credential, 'apiKey');
	const onBehalfOf = fieldOf(credential, 'onBehalfOf');
	if (apiKey === '') throw new EngineError('BAD_INPUT', 'The Journey SendGrid credential holds no API key. Fill in API Key.');
	return {
		kind: 'sendgrid', apiKey, region: credential.region === 'eu' ? 'eu' : 'global',
		...(onBehalfOf === '' ? {} : { onBehalfOf }),
		...addressOf('Journey SendGrid', credential), connections: connections ?? credential.connections ?? 10,
	};
}

export const sendgrid: EmailProviderChoice<SendGridConfig> = {
	value: 'sendgrid',
	name: 'SendGrid',
	description: 'Twilio SendGrid, by its API. Reports deliveries, bounces and complaints by its Event Webhook.',
	credential: 'journeySendGridApi',
	configOf: sendGridConfigOf,
	test: connectionTest(sendGridConfigOf, ({ region, onBehalfOf }) => `SendGrid${region === 'eu' ? ' (EU)' : ''}${onBehalfOf ? ` as ${onBehalfOf}` : ''}; the key may send mail`),
};
