import { ENGINE_SOURCES } from '../events/types';
import { EngineError } from '../kernel';
import type { StoredCollector } from '../settings';
import type { CollectorConfig } from './types';
import { hashKey } from './write-key';

const EVERY_ADDRESS = '0.0.0.0';

/** The configuration as it is stored. Throws BAD_INPUT with what to correct. */
export function checkedConfig(config: CollectorConfig): Omit<StoredCollector, 'configuredAtMs'> {
	const keys = Object.entries(config.writeKeys).map(([key, source]) => ({ key: key.trim(), source: source.trim() }));
	if (keys.length === 0 || keys.some(({ key }) => key === '')) {
		throw new EngineError('BAD_INPUT', 'The collector needs a write key. Set one in the Journey Collector credential.');
	}
	if (keys.some(({ source }) => source === '')) throw new EngineError('BAD_INPUT', 'A write key of the collector has no source name.');
	const own = keys.find(({ source }) => (ENGINE_SOURCES as readonly string[]).includes(source));
	if (own !== undefined) throw new EngineError('BAD_INPUT', `"${own.source}" is the source of the engine's own events. Give the write key another source name in the Journey Collector credential.`);
	const { port } = config;
	if (port !== null && (!Number.isInteger(port) || port < 0 || port > 65_535)) {
		throw new EngineError('BAD_INPUT', `${port} is not a port. Use a number from 1 to 65535, or leave it empty to receive through n8n only.`);
	}
	return {
		workflow: config.workflow,
		keys: keys.map(({ key, source }) => ({ hash: hashKey(key), source })),
		publicUrl: publicUrlOf(config.publicUrl),
		port,
		host: config.host?.trim() || EVERY_ADDRESS,
		emits: config.emits === undefined || config.emits === null ? null : (config.emits.names ?? []),
	};
}

const MOST_PROXIES = 10;

/** Throws BAD_INPUT when it is no number of proxies. */
export function trustedProxiesOf({ trustedProxies = 0 }: CollectorConfig): number {
	if (Number.isInteger(trustedProxies) && trustedProxies >= 0 && trustedProxies <= MOST_PROXIES) return trustedProxies;
	throw new EngineError('BAD_INPUT', `${String(trustedProxies)} is not a number of trusted proxies. Use a whole number from 0 (no proxy adds to X-Forwarded-For) to ${MOST_PROXIES}.`);
}

/** Links in mails are this address plus a route: no query, no trailing slash. */
function publicUrlOf(given: string): string {
	const url = URL.canParse(given) ? new URL(given) : null;
	if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '' || url.username !== '') {
		throw new EngineError('BAD_INPUT', 'The public address of the collector must be a full http(s) address without query, as people reach it from outside, for example https://n8n.example.com/webhook/journeys.');
	}
	return url.href.replace(/\/+$/, '');
}
