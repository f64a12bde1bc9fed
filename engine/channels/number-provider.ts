import { createHttpClient, type HttpAnswer, type HttpCall, type HttpClient } from './http';
import type { Provider, SendOutcome } from './types';

/** What every message to a phone number has. */
export interface Numbered {
	/** E.164 with its plus. */
	to: string;
}

const DEFAULT_CONNECTIONS = 10;
const DEFAULT_TIMEOUT_MS = 60_000;

/** What one answer means, in the service's own codes; `what` is a sentence without a full stop. dead: the number takes nothing, ever. optedOut: the person has told the service to stop. */
export interface Sorted {
	kind: 'dead' | 'optedOut' | 'permanent' | 'transient' | 'account' | 'ambiguous';
	what: string;
	/** Of transient, where the service says it otherwise than by Retry-After. */
	retryAfterMs?: number;
}

/** One service's side of a send over HTTP to a phone number. */
export interface NumberService<Message extends Numbered> {
	/** Name of its file. */
	name: string;
	/** In reasons. */
	service: string;
	baseUrl: string;
	headers?: Record<string, string>;
	secrets: ReadonlyArray<string | undefined>;
	/** The service refuses a second message with the same id: what is lost may be tried again. */
	idempotent?: boolean;
	call(message: Message): HttpCall | Promise<HttpCall>;
	/** The service's id of an accepted message; undefined: it did not accept. */
	accepted(answer: HttpAnswer, message: Message): string | undefined;
	/** What went wrong, in the service's words. */
	said(answer: HttpAnswer): string | undefined;
	/** undefined: the status says it all. */
	sort(answer: HttpAnswer, message: Message): Sorted | undefined;
	/** A call that only reads, by which login and address are checked; or several, one after the other. */
	check: HttpCall | readonly HttpCall[] | (() => HttpCall | Promise<HttpCall>);
}

export function createNumberProvider<Message extends Numbered>(settings: { connections?: number; timeoutMs?: number }, service: NumberService<Message>): Provider<Message> {
	const secrets = service.secrets.filter((secret): secret is string => secret !== undefined && secret !== '');
	const client = createHttpClient({
		service: service.service, baseUrl: service.baseUrl, ...(service.headers === undefined ? {} : { headers: service.headers }), secrets, unclear503: true,
		connections: settings.connections ?? DEFAULT_CONNECTIONS, timeoutMs: settings.timeoutMs ?? DEFAULT_TIMEOUT_MS,
	});
	return {
		name: service.name,
		send: (message) => send(client, service, message),
		verify: async () => {
			const check = typeof service.check === 'function' ? await service.check() : service.check;
			for (const call of [check].flat()) client.requireOk(await client.call(call), (answer) => service.said(answer));
		},
		close: () => Promise.resolve(client.close()),
	};
}

async function send<Message extends Numbered>(client: HttpClient, service: NumberService<Message>, message: Message): Promise<SendOutcome> {
	const personal = [message.to, message.to.replace(/^\+/, '')];
	let call: HttpCall;
	try {
		call = await service.call(message);
	} catch {
		// Only a key that is none gets here: it is read before anything is sent.
		return { kind: 'account', reason: `The call to ${service.service} could not be signed. Check the keys in the credential.` };
	}
	const result = await client.call(call);
	if (result.kind === 'failure') return client.outcomeOf(result, { personal, idempotent: service.idempotent ?? false });
	const providerId = service.accepted(result, message);
	if (providerId !== undefined) return { kind: 'accepted', providerId };
	const said = withoutNumber(service.said(result), message.to);
	const about = { ...(said === undefined ? {} : { said }), personal };
	const byStatus = client.outcomeOf(result, { ...about, idempotent: service.idempotent ?? false });
	const sorted = service.sort(result, message);
	// A service that failed may have sent before it did, whatever its code says.
	if (sorted === undefined || (byStatus.kind === 'ambiguous' && result.status >= 500 && result.status !== 503)) return byStatus;
	const reason = client.reason(sorted.what, said, personal);
	if (sorted.kind === 'dead') return { kind: 'permanent', reason, deadAddress: true };
	if (sorted.kind === 'optedOut') return { kind: 'permanent', reason, optedOut: true };
	// Retry-After is read by status; it holds for what the service's own code calls transient too.
	const retryAfterMs = sorted.retryAfterMs ?? (byStatus.kind === 'transient' ? byStatus.retryAfterMs : undefined);
	if (sorted.kind === 'transient' && retryAfterMs !== undefined) return { kind: 'transient', reason, retryAfterMs };
	return { kind: sorted.kind, reason };
}

/** In whatever way the service writes it: with zeros before it, without the country, with spaces and brackets. */
function withoutNumber(said: string | undefined, to: string): string | undefined {
	const end = to.replace(/\D/g, '').slice(-7);
	return said?.replace(/[+\d][\d\s().-]{5,}\d/g, (number) => (number.replace(/\D/g, '').endsWith(end) ? '[address]' : number));
}
