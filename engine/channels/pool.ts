import { canonicalJson, hashId } from '../kernel';
import type { Provider, ProviderSettings } from './types';

/** Providers of one channel kept open. An instance has a few credentials; a changed password leaves the old one to be dropped. */
const CAPACITY = 20;

export interface ProviderPool<Config extends ProviderSettings, Message> {
	/**
	 * The provider of a configuration, the same one for the same configuration: its connections are shared by all steps. One that makes room for another
	 * first ends what is under way.
	 * `close()` ends its connections and forgets it; the next call makes a new one.
	 */
	of(config: Config): Provider<Message>;
	/** Ends all connections, for the engine's own end. */
	closeAll(): Promise<void>;
}

interface Pooled<Message> {
	provider: Provider<Message>;
	/** Makes room: what is under way ends first. */
	retire(): void;
}

export function createProviderPool<Config extends ProviderSettings, Message>(create: (config: Config) => Provider<Message>): ProviderPool<Config, Message> {
	const open = new Map<string, Pooled<Message>>();
	return {
		of(config) {
			const key = hashId(canonicalJson(config));
			const known = open.get(key);
			if (known !== undefined) {
				open.delete(key);
				open.set(key, known);
				return known.provider;
			}
			const pooled = pool(create(config), () => {
				if (open.get(key) === pooled) open.delete(key);
			});
			open.set(key, pooled);
			const oldest = open.values().next().value;
			if (open.size > CAPACITY && oldest !== undefined) oldest.retire();
			return pooled.provider;
		},
		async closeAll() {
			await Promise.all([...open.values()].map(({ provider }) => provider.close()));
		},
	};
}

function pool<Message>(created: Provider<Message>, forget: () => void): Pooled<Message> {
	let underWay = 0;
	let retired = false;
	const closeWhenIdle = (): void => {
		if (retired && underWay === 0) void created.close();
	};
	async function counted<Result>(work: () => Promise<Result>): Promise<Result> {
		underWay += 1;
		try {
			return await work();
		} finally {
			underWay -= 1;
			closeWhenIdle();
		}
	}
	const { batch } = created;
	return {
		provider: {
			name: created.name,
			send: (message) => counted(() => created.send(message)),
			...(batch === undefined ? {} : { batch: { ...batch, send: (messages) => counted(() => batch.send(messages)) } }),
			verify: () => counted(() => created.verify()),
			close: async () => {
				forget();
				await created.close();
			},
		},
		retire: () => {
			forget();
			retired = true;
			closeWhenIdle();
		},
	};
}
