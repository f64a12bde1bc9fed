import { generateKeyPairSync } from 'node:crypto';

import { createPushProvider } from '../../../../engine/channels/push';
import type { OutgoingPush, PushConfig, SendOutcome } from '../../../../engine/channels/types';
import { httpService, type Answer, type Service, type ServiceCall } from '../http-service';

export function outgoing(given: Partial<OutgoingPush> = {}): OutgoingPush {
	return { id: 'msg-1', devices: ['device-1'], title: 'Hello', body: 'Your order is on its way', data: {}, priority: 'high', ...given };
}

/** Keys of this run: services sign nothing with them, they only check ours. */
export const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const pem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

type Answering = Answer | ((call: ServiceCall) => Answer);

/** A provider with a real service on this machine that answers so. */
export async function withService<Result>(configOf: (url: string) => PushConfig, answer: Answering, use: (provider: ReturnType<typeof createPushProvider>, service: Service) => Promise<Result>): Promise<Result> {
	const service = await httpService(answer);
	const provider = createPushProvider(configOf(service.url));
	try {
		return await use(provider, service);
	} finally {
		await provider.close();
		await service.close();
	}
}

export async function sendOnce(configOf: (url: string) => PushConfig, answer: Answering, message: OutgoingPush = outgoing()): Promise<{ outcome: SendOutcome; calls: ServiceCall[] }> {
	return await withService(configOf, answer, async (provider, service) => ({ outcome: await provider.send(message), calls: service.calls }));
}

/** What the Test button does: undefined, or the error's message; and the calls. */
export async function verifyOnce(configOf: (url: string) => PushConfig, answer: Answering): Promise<{ error: string | undefined; calls: ServiceCall[] }> {
	return await withService(configOf, answer, async (provider, service) => ({ error: await provider.verify().then(() => undefined, (error: Error) => error.message), calls: service.calls }));
}

/** What every service's failures have in common. */
export const COMMON: ReadonlyArray<[what: string, answer: Answer, outcome: Partial<SendOutcome>]> = [
	['too many calls', { status: 429, json: {}, headers: { 'retry-after': '30' } }, { kind: 'transient', retryAfterMs: 30_000 }],
	['it is down for repair, and says for how long', { status: 503, json: {}, headers: { 'retry-after': '30' } }, { kind: 'transient', retryAfterMs: 30_000 }],
	['it, or a proxy before it, is away', { status: 503, text: '' }, { kind: 'ambiguous' }],
	['it hangs up after it has taken the message', 'drop', { kind: 'ambiguous' }],
	['it breaks while it takes the message', { status: 500, text: 'oops' }, { kind: 'ambiguous' }],
];
