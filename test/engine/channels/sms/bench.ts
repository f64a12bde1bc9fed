import { createSmsProvider } from '../../../../engine/channels';
import type { CallbackRequest, OutgoingSms, SendOutcome, SmsConfig } from '../../../../engine/channels/types';
import { httpService, type Answer, type Service, type ServiceCall } from '../http-service';

export const TO = '+4915112345678';

export function outgoing(given: Partial<OutgoingSms> = {}): OutgoingSms {
	return { id: 'msg-1', to: TO, from: '+15005550006', text: 'Hello', mediaUrls: [], callbackUrl: 'https://shop.example/j/callbacks/x?message=msg-1', ...given };
}

/** One message to a real service on this machine that answers so: what became of it, and the calls it made. */
export async function sendOnce(configOf: (url: string) => SmsConfig, answer: Answer | ((call: ServiceCall) => Answer), message: OutgoingSms = outgoing()): Promise<{ outcome: SendOutcome; calls: ServiceCall[] }> {
	return await withService(configOf, answer, async (provider, service) => ({ outcome: await provider.send(message), calls: service.calls }));
}

/** What the Test button does: undefined, or the error's message; and the calls. */
export async function verifyOnce(configOf: (url: string) => SmsConfig, answer: Answer | ((call: ServiceCall) => Answer)): Promise<{ error: string | undefined; calls: ServiceCall[] }> {
	return await withService(configOf, answer, async (provider, service) => ({ error: await provider.verify().then(() => undefined, (error: Error) => error.message), calls: service.calls }));
}

async function withService<Result>(configOf: (url: string) => SmsConfig, answer: Service['answer'], use: (provider: ReturnType<typeof createSmsProvider>, service: Service) => Promise<Result>): Promise<Result> {
	const service = await httpService(answer);
	const provider = createSmsProvider(configOf(service.url));
	try {
		return await use(provider, service);
	} finally {
		await provider.close();
		await service.close();
	}
}

/** What every service's failures have in common: it is busy, it is away, it hangs up in the middle. */
export const COMMON: ReadonlyArray<[what: string, answer: Answer, outcome: Partial<SendOutcome>]> = [
	['too many calls', { status: 429, json: {}, headers: { 'retry-after': '30' } }, { kind: 'transient', retryAfterMs: 30_000 }],
	['it is down for repair, and says for how long', { status: 503, json: {}, headers: { 'retry-after': '30' } }, { kind: 'transient', retryAfterMs: 30_000 }],
	['it, or a proxy before it, is away', { status: 503, text: '' }, { kind: 'ambiguous' }],
	['a wrong key', { status: 401, json: {} }, { kind: 'account' }],
	['it hangs up after it has taken the message', 'drop', { kind: 'ambiguous' }],
	['it breaks while it takes the message', { status: 500, text: 'oops' }, { kind: 'ambiguous' }],
];

export function callback(given: Partial<Omit<CallbackRequest, 'body'>> & { body?: string | object } = {}): CallbackRequest {
	const { body = '', url = 'https://shop.example/j/callbacks/x?message=msg-1', ...rest } = given;
	return {
		method: 'POST', url, query: Object.fromEntries(new URL(url).searchParams), headers: {},
		body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), ...rest,
	};
}
