import { createPrivateKey, type KeyObject } from 'node:crypto';

import { createHttpClient, type HttpAnswer, type HttpClient, type HttpFailure, type HttpOptions } from '../http';
import type { DeviceOutcome } from './each-device';

const DEFAULT_TIMEOUT_MS = 60_000;
export const DEFAULT_CONNECTIONS = 10;

/** What a service's own code means; `what` is a sentence without a full stop. */
export interface Sorted {
	kind: Exclude<DeviceOutcome['kind'], 'accepted'>;
	what: string;
}

export function pushClient(settings: { connections?: number; timeoutMs?: number }, options: Omit<HttpOptions, 'connections' | 'timeoutMs'>): HttpClient {
	return createHttpClient({ ...options, connections: settings.connections ?? DEFAULT_CONNECTIONS, timeoutMs: settings.timeoutMs ?? DEFAULT_TIMEOUT_MS });
}

/** A refused or lost send: by the service's own code, else by how HTTP ended. `personal`: tokens, which stand in no reason. */
export function refusalOf(client: HttpClient, result: HttpAnswer | HttpFailure, about: { sorted: Sorted | undefined; said: string | undefined; personal: readonly string[]; idempotent?: boolean }): Exclude<DeviceOutcome, { kind: 'accepted' }> {
	const told = { ...(about.said === undefined ? {} : { said: about.said }), personal: [...about.personal], idempotent: about.idempotent ?? false };
	const byStatus = client.outcomeOf(result, told);
	const { sorted } = about;
	if (sorted === undefined) return byStatus.kind === 'transient' ? transient(byStatus.reason, byStatus.retryAfterMs) : { kind: byStatus.kind, reason: byStatus.reason };
	const reason = client.reason(sorted.what, about.said, about.personal);
	// Retry-After is read by status; it holds for what the service's own code calls transient, too.
	return sorted.kind === 'transient' ? transient(reason, byStatus.kind === 'transient' ? byStatus.retryAfterMs : undefined) : { kind: sorted.kind, reason };
}

function transient(reason: string, retryAfterMs: number | undefined): DeviceOutcome & { kind: 'transient' } {
	return { kind: 'transient', reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** A PEM as people paste it: out of a JSON file its line ends are two characters. Throws what is no key. */
export function privateKeyOf(pem: string): KeyObject {
	return createPrivateKey(pem.replace(/\\n/g, '\n').trim());
}
