import { join } from 'node:path';

import type { Engine, EngineApi } from '../api';
import { silentLog, type Log } from '../kernel';
import type { DatabaseConfig } from '../store';
import { ThreadHost } from './host';
import { DOMAINS } from './protocol';

export interface StartOptions {
	database: DatabaseConfig;
	/** Which n8n instance this is; a database that belonged to another one starts with all sending stopped. */
	instanceId?: string;
	/** Where to remember how far the database was (engine/settings/marker.ts). Default: nowhere; then a restored database is not noticed. */
	markerFile?: string;
	/** Default: silent. */
	log?: Log;
	/** The file that runs as the thread. Default: the compiled worker beside this module. */
	workerFile?: string;
}

/**
 * The engine in a thread of its own; the same Engine as createEngine() gives, over messages.
 * Rejects with what opening the database throws (DATABASE_UNREADABLE, DATABASE_NEWER, DATABASE_BUSY, DATABASE_FULL).
 * Calls reject with THREAD_DIED when the thread ends in their middle, and with CLOSED after close().
 */
export async function startEngine(options: StartOptions): Promise<Engine> {
	const { database, instanceId, markerFile, log = silentLog, workerFile = join(__dirname, 'worker.js') } = options;
	const host = new ThreadHost(workerFile, { database, ...(instanceId === undefined ? {} : { instanceId }), ...(markerFile === undefined ? {} : { markerFile }) }, log);
	await host.start();
	const domains = Object.fromEntries(DOMAINS.map((domain) => [domain, clientOf(host, domain)])) as unknown as EngineApi;
	return {
		...domains,
		onWake: (listener) => host.onWake(listener),
		health: () => host.call('engine', 'health', []) as ReturnType<Engine['health']>,
		close: () => host.close(),
	};
}

/** A domain whose every method is a call; which methods exist is the thread's to say. */
function clientOf(host: ThreadHost, domain: keyof EngineApi): object {
	return new Proxy(Object.create(null) as object, {
		// `then` must be absent, or awaiting a domain would call it.
		get: (_target, method) =>
			typeof method === 'string' && method !== 'then' ? (...args: unknown[]) => host.call(domain, method, args) : undefined,
	});
}
