import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

import { EngineError } from '../../../engine';
import type { SparkPostConfig } from '../../../engine';
import { apiKeyOf, connectionsOf } from './apiKey';
import { connectionTest, type EmailProviderChoice } from './choice';

const HOSTS: Record<string, string> = { us: 'https://api.sparkpost.com/api', eu: 'https://api.eu.sparkpost.com/api' };

const configOf: EmailProviderChoice<SparkPostConfig>['configOf'] = (credential, connections) => ({
	kind: 'sparkpost', apiKey: apiKeyOf(credential, 'Journey SparkPost'), baseUrl: hostOf(credential), ...connectionsOf(credential, connections),
});

function hostOf({ region, host }: ICredentialDataDecryptedObject): string {
	const known = HOSTS[String(region ?? 'us')];
	if (known !== undefined) return known;
	const own = String(host ?? '').trim().replace(/\/+$/, '').replace(/\/api(\/v1)?$/, '');
	if (own === '') throw new EngineError('BAD_INPUT', 'The Journey SparkPost credential names no host. Fill in Host, for example example.api.e.sparkpost.com, or choose a region.');
	return `${/^https?:\/\//.test(own) ? '' : 'https://'}${own}/api`;
}

export const sparkpost: EmailProviderChoice<SparkPostConfig> = {
	value: 'sparkpost',
	name: 'SparkPost',
	description: 'By Bird, formerly MessageBird',
	credential: 'journeySparkPostApi',
	configOf,
	test: connectionTest(configOf, ({ baseUrl }) => new URL(baseUrl).host),
};
