import { chatText } from '../../../../engine/channels/chat';
import { createChatProvider } from '../../../../engine/channels';
import type { CallbackReader, CallbackResult, ChatConfig, ChatFormat, DeliveryReport, OutgoingChat, SendOutcome } from '../../../../engine/channels/types';
import { httpService, type Answer, type Service, type ServiceCall } from '../http-service';
import { callback } from '../sms/bench';

export const HOSTILE = 'Ann *B_* <@U1> [x](https://evil.example) `c` & \\ @everyone';

/** As the engine makes it; links stay. */
export function written(source: string, format: ChatFormat = 'plain') {
	return chatText(format, source, (url) => url);
}

export function outgoing(given: Partial<OutgoingChat> = {}): OutgoingChat {
	return { id: 'msg-1', to: '123456789', text: written('Hello'), buttons: [], silent: false, ...given };
}

/** One message to a real service on this machine that answers so: what became of it, and the calls it made. */
export async function sendOnce(configOf: (url: string) => ChatConfig, answer: Answer | ((call: ServiceCall) => Answer), message: OutgoingChat = outgoing()): Promise<{ outcome: SendOutcome; calls: ServiceCall[] }> {
	return await withService(configOf, answer, async (provider, service) => ({ outcome: await provider.send(message), calls: service.calls }));
}

/** What the Test button does: undefined, or the error's message; and the calls. */
export async function verifyOnce(configOf: (url: string) => ChatConfig, answer: Answer): Promise<{ error: string | undefined; calls: ServiceCall[] }> {
	return await withService(configOf, answer, async (provider, service) => ({ error: await provider.verify().then(() => undefined, (error: Error) => error.message), calls: service.calls }));
}

export async function withService<Result>(configOf: (url: string) => ChatConfig, answer: Service['answer'], use: (provider: ReturnType<typeof createChatProvider>, service: Service) => Promise<Result>): Promise<Result> {
	const service = await httpService(answer);
	const provider = createChatProvider(configOf(service.url));
	try {
		return await use(provider, service);
	} finally {
		await provider.close();
		await service.close();
	}
}

/** What every service's failures have in common. */
export const COMMON: ReadonlyArray<[what: string, answer: Answer, outcome: Partial<SendOutcome>]> = [
	['it is down for repair, and says for how long', { status: 503, json: {}, headers: { 'retry-after': '30' } }, { kind: 'transient', retryAfterMs: 30_000 }],
	['it, or a proxy before it, is away', { status: 503, text: '' }, { kind: 'ambiguous' }],
	['it hangs up after it has taken the message', 'drop', { kind: 'ambiguous' }],
	['it breaks while it takes the message', { status: 500, text: 'oops' }, { kind: 'ambiguous' }],
	['an answer that cannot be read', { status: 200, text: 'welcome' }, { kind: 'ambiguous' }],
];

/** A call of the service, read with these secrets. */
export async function readCall<Secrets>(reader: CallbackReader<Secrets>, secrets: Secrets, body: string | object, headers: Record<string, string>, nowMs = 0): Promise<CallbackResult> {
	return await reader.read(callback({ url: 'https://shop.example/j/callbacks/x', body, headers }), secrets, nowMs);
}

export function reportsOf(result: CallbackResult): DeliveryReport[] {
	if (result.kind !== 'reports') throw new Error(`No reports but ${result.kind}`);
	return result.reports;
}
