import { canonicalJson, hashId } from '../../kernel';
import type { EmailProvider, ProviderConfig } from '../types';
import { createSmtpProvider } from './smtp';

/** Providers kept open. An instance has a few credentials; a changed password leaves the old one to be dropped. */
const CAPACITY = 20;

const providers = new Map<string, EmailProvider>();

/**
 * The provider of a configuration, the same one for the same configuration: its connections are shared by all steps.
 * `close()` ends its connections and forgets it; the next call makes a new one.
 */
export function emailProvider(config: ProviderConfig): EmailProvider {
	const key = hashId(canonicalJson(config));
	const known = providers.get(key);
	if (known !== undefined) {
		providers.delete(key);
		providers.set(key, known);
		return known;
	}
	const created = createProvider(config);
	const provider: EmailProvider = {
		...created,
		close: async () => {
			if (providers.get(key) === provider) providers.delete(key);
			await created.close();
		},
	};
	providers.set(key, provider);
	const oldest = providers.values().next().value;
	if (providers.size > CAPACITY && oldest !== undefined) void oldest.close();
	return provider;
}

/** Ends all connections, for the engine's own end. */
export async function closeEmailProviders(): Promise<void> {
	await Promise.all([...providers.values()].map((provider) => provider.close()));
}

function createProvider(config: ProviderConfig): EmailProvider {
	switch (config.kind) {
		case 'smtp':
			return createSmtpProvider(config);
	}
}

export { createSmtpProvider } from './smtp';
export { SMTP_PRESETS, smtpPreset, type SmtpPreset } from './presets';
