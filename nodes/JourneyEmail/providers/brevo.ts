import type { BrevoConfig } from '../../../engine';
import { apiKeyOf, connectionsOf } from './apiKey';
import { connectionTest, type EmailProviderChoice } from './choice';

const configOf: EmailProviderChoice<BrevoConfig>['configOf'] = (credential, connections) => ({
	kind: 'brevo', apiKey: apiKeyOf(credential, 'Journey Brevo'), ...connectionsOf(credential, connections),
});

export const brevo: EmailProviderChoice<BrevoConfig> = {
	value: 'brevo',
	name: 'Brevo',
	description: 'Formerly Sendinblue, as transactional mail',
	credential: 'journeyBrevoApi',
	configOf,
	test: connectionTest(configOf, () => 'Brevo'),
};
