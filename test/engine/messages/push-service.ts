import { createECDH } from 'node:crypto';

import ece from 'http_ece';

import type { ExpoConfig } from '../../../engine/channels/types';
import { httpService, type Answer, type Service } from '../channels/http-service';
import type { Push, WebPush } from '../journeys/walk';

interface Sent {
	to: string;
	title: string;
	body: string;
	data?: Record<string, string>;
}

const AUTH = 'BTBZMqHH6r4Tts7J_aSIgg';

/** A real HTTP server that takes notifications as Expo does, and as the push service of a browser. */
export class PushService {
	/** Tokens and paths that it says are gone. */
	readonly gone = new Set<string>();
	readonly browser = createECDH('prime256v1');
	answer: Answer | undefined;
	/** By ticket, what became of it later; those without are not known yet. */
	readonly receipts = new Map<string, object>();
	private tickets = 0;

	private constructor(readonly service: Service) {
		this.browser.generateKeys();
	}

	static async open(): Promise<PushService> {
		const service = await httpService();
		const push = new PushService(service);
		service.answer = ({ path, json }) => push.answer ?? (path === '/push/getReceipts' ? { status: 200, json: { data: push.receiptsOf((json as { ids: string[] }).ids) } } : path === '/push/send' ? { status: 200, json: { data: (json as Sent[]).map(({ to }) => push.ticket(to)) } } : push.gone.has(path) ? { status: 410, text: '' } : { status: 201, text: '', headers: { location: `${service.url}/m/1` } });
		return push;
	}

	private receiptsOf(ids: readonly string[]): object {
		return Object.fromEntries(ids.flatMap((id) => (this.receipts.has(id) ? [[id, this.receipts.get(id)]] : [])));
	}

	/** Ids that were asked about, by call. */
	get asked(): string[][] {
		return this.service.calls.filter(({ path }) => path === '/push/getReceipts').map(({ json }) => (json as { ids: string[] }).ids);
	}

	private ticket(to: string): object {
		return this.gone.has(to) ? { status: 'error', message: 'is not registered', details: { error: 'DeviceNotRegistered' } } : { status: 'ok', id: `ticket-${(this.tickets += 1)}` };
	}

	get config(): ExpoConfig {
		return { kind: 'expo', baseUrl: this.service.url, timeoutMs: 30_000 };
	}

	get host(): string {
		return new URL(this.service.url).host;
	}

	/** What Expo got, in order. */
	get sent(): Sent[] {
		return this.service.calls.flatMap(({ json }) => (Array.isArray(json) ? (json as Sent[]) : []));
	}

	/** What browsers got, decrypted as they do. */
	get shown(): Array<{ path: string; payload: Record<string, unknown> }> {
		return this.service.calls.filter(({ path }) => path.startsWith('/browser/')).map(({ path, body }) => ({
			path, payload: JSON.parse(ece.decrypt(body, { version: 'aes128gcm', privateKey: this.browser, authSecret: AUTH }).toString()) as Record<string, unknown>,
		}));
	}

	/** As PushSubscription.toJSON() gives it. */
	subscription(name: string): { endpoint: string; expirationTime: null; keys: { p256dh: string; auth: string } } {
		return { endpoint: `${this.service.url}/browser/${name}`, expirationTime: null, keys: { p256dh: this.browser.getPublicKey('base64url'), auth: AUTH } };
	}

	push(given: Partial<Push> = {}): Push {
		return { purpose: 'transactional', topic: '', content: { title: 'Hello', body: 'You are {{ profile.number }}' }, trackClicks: true, priority: 'high', provider: this.config, ...given };
	}

	webPush(given: Partial<WebPush> = {}): WebPush {
		return { purpose: 'transactional', topic: '', content: { title: 'Hello', body: 'You are {{ profile.number }}' }, trackClicks: true, urgency: 'normal', timeoutMs: 30_000, ...given };
	}

	async close(): Promise<void> {
		await this.service.close();
	}
}

export const token = (name: string): string => `ExponentPushToken[${name}]`;
