import { createWhatsAppProvider } from '../../../../engine/channels';
import type { FilledTemplate, OutgoingWhatsApp, SendOutcome, WhatsAppBody, WhatsAppConfig } from '../../../../engine/channels/types';
import { httpService, type Answer, type Service, type ServiceCall } from '../http-service';

export const TO = '+16505551234';

export const TEXT: WhatsAppBody = { kind: 'text', text: 'Hello', previewUrl: false };

export function template(given: Partial<FilledTemplate> = {}): WhatsAppBody {
	return { kind: 'template', template: { id: 'seasonal_promotion', language: 'en_US', header: null, body: [], buttons: [], ...given } };
}

export function outgoing(given: Partial<OutgoingWhatsApp> = {}): OutgoingWhatsApp {
	return { id: 'msg-1', to: TO, from: '106540352242922', body: TEXT, ...given };
}

/** One message to a real service on this machine that answers so: what became of it, and the calls it made. */
export async function sendOnce(configOf: (url: string) => WhatsAppConfig, answer: Service['answer'], message: OutgoingWhatsApp = outgoing()): Promise<{ outcome: SendOutcome; calls: ServiceCall[] }> {
	return await withService(configOf, answer, async (provider, service) => ({ outcome: await provider.send(message), calls: service.calls }));
}

/** What the Test button does: undefined, or the error's message; and the calls. */
export async function verifyOnce(configOf: (url: string) => WhatsAppConfig, answer: Answer | ((call: ServiceCall) => Answer)): Promise<{ error: string | undefined; calls: ServiceCall[] }> {
	return await withService(configOf, answer, async (provider, service) => ({ error: await provider.verify().then(() => undefined, (error: Error) => error.message), calls: service.calls }));
}

async function withService<Result>(configOf: (url: string) => WhatsAppConfig, answer: Service['answer'], use: (provider: ReturnType<typeof createWhatsAppProvider>, service: Service) => Promise<Result>): Promise<Result> {
	const service = await httpService(answer);
	const provider = createWhatsAppProvider(configOf(service.url));
	try {
		return await use(provider, service);
	} finally {
		await provider.close();
		await service.close();
	}
}
