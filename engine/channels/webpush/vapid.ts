import { systemClock, type Clock } from '../../kernel';
import { fieldsOf, textOf } from '../callbacks/reading';
import type { HttpAnswer } from '../http';
import { combined, pushClient, refusalOf, type DeviceOutcome, type Sorted } from '../push';
import { webPushCall } from './encrypted';
import { pushEndpoint } from './endpoint';
import type { OutgoingWebPush, VapidConfig, WebPushProvider, WebPushSubscription } from './types';

const GONE: Sorted = { kind: 'dead', what: 'The browser has ended this subscription' };
const NO_SERVICE: DeviceOutcome = { kind: 'dead', reason: 'The subscription leads to no push service that is known. Add its host to Push Services in Settings if it is one.' };
const NO_KEYS: DeviceOutcome = { kind: 'dead', reason: 'The subscription has no usable keys.' };

/**
 * Web Push (RFC 8030) to whichever push service the browser chose: a call a browser, never repeated, since there is no idempotency key. The service must be one that is known,
 * also when it is called: settings may have changed since somebody subscribed.
 */
export function createVapidProvider(config: VapidConfig, clock: Clock = systemClock): WebPushProvider {
	const client = pushClient(config, { service: 'The push service', baseUrl: '', secrets: [config.privateKey], unclear503: true });

	async function toBrowser(message: OutgoingWebPush, subscription: WebPushSubscription): Promise<DeviceOutcome> {
		const { endpoint, p256dh, auth } = subscription;
		if (pushEndpoint(endpoint, config.extraHosts) === null) return NO_SERVICE;
		let call: Awaited<ReturnType<typeof webPushCall>>;
		try {
			call = await webPushCall(config, message, subscription, clock.nowMs());
		} catch {
			return NO_KEYS;
		}
		const result = await client.call({ method: 'POST', path: endpoint, ...call });
		const personal = [endpoint, p256dh, auth, ...endpoint.split('/').filter((part) => part.length > 20)];
		if (result.kind === 'answer' && result.status >= 200 && result.status < 300) return { kind: 'accepted', providerId: providerIdOf(result, message.id) };
		return refusalOf(client, result, { sorted: result.kind === 'answer' ? sort(result) : undefined, said: result.kind === 'answer' ? saidIn(result) : undefined, personal });
	}

	return {
		name: 'webpush',
		send: async (message) => combined(message.subscriptions.map(({ endpoint }) => endpoint), await Promise.all(message.subscriptions.map((one) => toBrowser(message, one)))),
		// There is nobody to log in to: each browser has a service of its own.
		verify: () => Promise.resolve(),
		close: () => Promise.resolve(client.close()),
	};
}

/** RFC 8030, 5.2: the push message's own address, of which the last part is its id; it must not be kept whole, since whoever has it may delete the message. */
function providerIdOf({ headers }: HttpAnswer, fallback: string): string {
	const last = (headers.location ?? '').split('/').at(-1) ?? '';
	return last === '' || last.length > 200 ? fallback : last;
}

/** RFC 8030, 7.3 (404, 410) and 7.2 (413); RFC 8292, 4.2 (401, 403). */
function sort({ status }: HttpAnswer): Sorted | undefined {
	switch (status) {
		case 404:
		case 410:
			return GONE;
		case 413:
			return { kind: 'permanent', what: 'The notification is larger than the push service takes (4 KB)' };
		case 401:
		case 403:
			return { kind: 'account', what: 'The push service does not take the VAPID keys: they are others than those that people subscribed with, or the contact address is none' };
		default:
			return undefined;
	}
}

function saidIn({ body }: HttpAnswer): string | undefined {
	if (typeof body === 'string') return body === '' ? undefined : body;
	const fields = fieldsOf(body);
	return textOf(fields.message) ?? textOf(fields.reason) ?? textOf(fields.error) ?? undefined;
}
