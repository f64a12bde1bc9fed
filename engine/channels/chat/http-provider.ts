import { EngineError } from '../../kernel';
import { createHttpClient, type HttpAnswer, type HttpCall, type HttpClient } from '../http';
import type { SendOutcome } from '../types';
import type { ChatProvider, OutgoingChat } from './types';

const DEFAULT_CONNECTIONS = 10;
const DEFAULT_TIMEOUT_MS = 60_000;
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/** What one answer means, in the service's own words; `what` is a sentence without a full stop. dead: the person has shut this address, or has gone. */
export interface Sorted {
	kind: 'dead' | 'optedOut' | 'permanent' | 'transient' | 'account' | 'ambiguous';
	what: string;
	/** Of transient. */
	retryAfterMs?: number;
}

/** One service's side of a send over HTTP. */
export interface ChatService {
	/** As callbacks and the ledger name it. */
	name: string;
	/** In reasons. */
	service: string;
	baseUrl: string;
	headers?: Record<string, string>;
	secrets: readonly string[];
	/** The call that sends; or what became of the message before there was one. */
	call(message: OutgoingChat, client: HttpClient): HttpCall | Promise<HttpCall | SendOutcome>;
	/** The service's id of an accepted message; undefined: it did not accept. */
	accepted(answer: HttpAnswer, message: OutgoingChat): string | undefined;
	/** What went wrong, in the service's words. */
	said(answer: HttpAnswer): string | undefined;
	/** undefined: the status says it all. */
	sort(answer: HttpAnswer): Sorted | undefined;
	/** A call that only reads, by which the login is checked. */
	check: HttpCall | (() => HttpCall);
}

export function createHttpChatProvider(settings: { connections?: number; timeoutMs?: number }, service: ChatService): ChatProvider {
	const client = createHttpClient({
		service: service.service, baseUrl: service.baseUrl, ...(service.headers === undefined ? {} : { headers: service.headers }), secrets: service.secrets.filter((secret) => secret !== ''), unclear503: true,
		connections: settings.connections ?? DEFAULT_CONNECTIONS, timeoutMs: settings.timeoutMs ?? DEFAULT_TIMEOUT_MS,
	});
	return {
		name: service.name,
		send: async (message) => {
			const call = await service.call(message, client);
			if ('kind' in call) return call;
			const result = await client.call(call);
			if (result.kind === 'failure') return client.outcomeOf(result, { personal: [message.to], idempotent: false });
			const providerId = service.accepted(result, message);
			return providerId === undefined ? refusal(client, service, result, message.to) : { kind: 'accepted', providerId };
		},
		verify: async () => {
			const { check } = service;
			const answer = client.requireOk(await client.call(typeof check === 'function' ? check() : check), (given) => service.said(given));
			const sorted = service.sort(answer);
			if (sorted !== undefined) throw new EngineError('PROVIDER_FAILED', client.reason(sorted.what, service.said(answer), []), { service: service.service });
		},
		close: () => Promise.resolve(client.close()),
	};
}

/** What an answer means that is no acceptance. */
export function refusal(client: HttpClient, service: Pick<ChatService, 'said' | 'sort'>, answer: HttpAnswer, to: string): Exclude<SendOutcome, { kind: 'accepted' }> {
	const said = service.said(answer);
	const byStatus = client.outcomeOf(answer, { ...(said === undefined ? {} : { said }), personal: [to], idempotent: false });
	const sorted = service.sort(answer);
	// A service that failed may have sent before it did, whatever its code says.
	if (sorted === undefined || (byStatus.kind === 'ambiguous' && answer.status >= 500)) return byStatus;
	const reason = client.reason(sorted.what, said, [to]);
	switch (sorted.kind) {
		case 'dead':
			return { kind: 'permanent', reason, deadAddress: true };
		case 'optedOut':
			return { kind: 'permanent', reason, optedOut: true };
		case 'transient': {
			// The service's own figure is the finer one; Retry-After counts where it gives none.
			const retryAfterMs = sorted.retryAfterMs ?? (byStatus.kind === 'transient' ? byStatus.retryAfterMs : undefined);
			return { kind: 'transient', reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
		}
		default:
			return { kind: sorted.kind, reason };
	}
}

/** Seconds, maybe with a fraction, as a service tells in its body. */
export function secondsMs(value: unknown): { retryAfterMs?: number } {
	return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? { retryAfterMs: Math.min(Math.ceil(value * 1000), MAX_RETRY_AFTER_MS) } : {};
}

export const tooLong = (service: string, characters: number, most: number, where = ''): string =>
	`The text has ${characters} characters, and ${service} takes ${most}${where}. Make it shorter, then use Journey Control: Retry Held.`;
