import { canonicalJson, hashId } from '../kernel';
import type { Provider, ProviderSettings } from './types';

/** Providers of one channel kept open. An instance has a few credentials; a changed password leaves the old one to be dropped. */
const CAPACITY = 20;

export interface ProviderPool<Config extends ProviderSettings, Message> {
	/**
	 * The provider of a configuration, the same one for the same configuration: its connections are shared by all steps.
	 * `close()` ends its connections and forgets it; the next call makes a new one.
	 */
	of(config: Config): Provider<Message>;
	/** Ends all connections, for the engine's own end. */
	closeAll(): Promise<void>;
}

export function createProviderPool<Config extends ProviderSettings, Message>(create: (config: Config) => Provider<Message>): ProviderPool<Config, Message> {
	const providers = new Map<string, Provider<Message>>();
	return {
		of(config) {
			const key = hashId(canonicalJson(config));
			const known = providers.get(key);
			if (known !== undefined) {
				providers.delete(key);
				providers.set(key, known);
				return known;
			}
			const created = create(config);
			const provider: Provider<Message> = {
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
		},
		async closeAll() {
			await Promise.all([...providers.values()].map((provider) => provider.close()));
		},
	};
}
