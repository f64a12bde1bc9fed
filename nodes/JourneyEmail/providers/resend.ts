import type { ResendConfig } from '../../../engine';
import { apiKeyOf, connectionsOf } from './apiKey';
import { connectionTest, type EmailProviderChoice } from './choice';

const configOf: EmailProviderChoice<ResendConfig>['configOf'] = (credential, connections) => ({
	kind: 'resend', apiKey: apiKeyOf(credential, 'Journey Resend'), ...connectionsOf(credential, connections),
});

export const resend: EmailProviderChoice<ResendConfig> = {
	value: 'resend',
	name: 'Resend',
	description: 'Up to 100 mails in one call',
	credential: 'journeyResendApi',
	configOf,
	test: connectionTest(configOf, () => 'Resend'),
};
