import { createHash } from 'node:crypto';

import { EngineError, systemClock, type Clock, type JsonObject } from '../../kernel';
import { fieldsOf, textOf } from '../callbacks/reading';
import type { HttpAnswer } from '../http';
import { createApnsConnection } from './apns-connection';
import { combined, type DeviceOutcome } from './each-device';
import { privateKeyOf, pushClient, refusalOf, type Sorted } from './http-provider';
import { filled, overlaid, uuidOf } from './payload';
import type { ApnsConfig, OutgoingPush, PushProvider } from './types';

const PRODUCTION = 'https://api.push.apple.com';
const SANDBOX = 'https://api.sandbox.push.apple.com';
const DEFAULT_TIMEOUT_MS = 60_000;
/** Apple takes no token older than an hour, and none renewed more than once in 20 minutes. */
const TOKEN_LASTS_MS = 40 * 60_000;
/** A device that there is not: what is wrong with key or topic is told first. */
const NOBODY = '0'.repeat(64);

/** https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns */
const REASONS: Readonly<Record<string, Sorted>> = {
	Unregistered: { kind: 'dead', what: 'The app is no longer on this device' },
	ExpiredToken: { kind: 'dead', what: 'The device token has expired' },
	PayloadTooLarge: { kind: 'permanent', what: 'The notification has more than 4 KB' },
	TooManyRequests: { kind: 'transient', what: 'Apple takes no more notifications for this device for now' },
	TooManyProviderTokenUpdates: { kind: 'transient', what: 'Apple takes no new login so soon' },
	ServiceUnavailable: { kind: 'transient', what: 'Apple takes no notifications for now' },
	Shutdown: { kind: 'transient', what: 'Apple ends the connection' },
	// What became of it Apple does not say, and neither apns-id nor a collapse id makes a second one not arrive.
	InternalServerError: { kind: 'ambiguous', what: 'Apple failed while it took the notification' },
	InvalidProviderToken: { kind: 'account', what: 'Apple refused the key. Check Key ID, Team ID and the .p8 file in the credential' },
	MissingProviderToken: { kind: 'account', what: 'Apple got no login' },
	ExpiredProviderToken: { kind: 'account', what: 'Apple says that the login has expired. Check the clock of this machine' },
	Forbidden: { kind: 'account', what: 'Apple does not allow this' },
	TopicDisallowed: { kind: 'account', what: 'The key may not send to this app. Check the bundle ID in the credential' },
	BadTopic: { kind: 'account', what: 'The bundle ID is none that Apple knows. Check it in the credential' },
	MissingTopic: { kind: 'account', what: 'The bundle ID is missing. Fill it in in the credential' },
	BadEnvironmentKeyInToken: { kind: 'account', what: 'The key is for the other environment (sandbox or production). Change it in the credential' },
	BadEnvironmentKeyIdInToken: { kind: 'account', what: 'The key is for the other environment (sandbox or production). Change it in the credential' },
};
/** The token's fault, unless the credential names another app or environment than its own: then every token of everybody looks so. */
const WRONG_TOKEN: Readonly<Record<string, string>> = {
	BadDeviceToken: 'The device token is not valid in this environment',
	DeviceTokenNotForTopic: 'The device token belongs to another app than the bundle ID in the credential',
};
const CHECK_CREDENTIAL = '. It is kept until one notification was taken, since with a wrong bundle ID or environment in the credential all tokens look like this';

interface Login {
	token: string;
	sinceMs: number;
}

/**
 * Apple Push Notification service over one HTTP/2 session that is kept (https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns), with a token key.
 * `apns-id` is made of message and device; Apple does not promise to take an id once only, so what is lost stays unknown.
 */
export function createApnsProvider(config: ApnsConfig, clock: Clock = systemClock): PushProvider {
	const url = config.baseUrl ?? (config.sandbox ? SANDBOX : PRODUCTION);
	const connection = createApnsConnection({ url, timeoutMs: config.timeoutMs ?? DEFAULT_TIMEOUT_MS, ...(config.ca === undefined ? {} : { ca: config.ca }) });
	// For the words of reasons only: it makes no call.
	const words = pushClient(config, { service: 'Apple', baseUrl: url, secrets: [config.privateKey] });
	let login: Promise<Login> | undefined;
	/** A notification was taken: bundle id and environment are right. */
	let proven = false;

	async function currentLogin(): Promise<Login> {
		const kept = await login?.catch(() => undefined);
		if (login === undefined || kept === undefined || clock.nowMs() - kept.sinceMs >= TOKEN_LASTS_MS) login = makeLogin(config, clock.nowMs());
		return await login;
	}

	async function post(headers: Record<string, string>, token: string, payload: string, again = true): Promise<Awaited<ReturnType<typeof connection.request>> | { failed: DeviceOutcome & { kind: 'account' } }> {
		let current: Login;
		try {
			current = await currentLogin();
		} catch {
			return { failed: { kind: 'account', reason: 'The key of the credential is no APNs key. Paste the whole .p8 file.' } };
		}
		const result = await connection.request({ ':method': 'POST', ':path': `/3/device/${token}`, authorization: `bearer ${current.token}`, 'apns-topic': config.topic, ...headers }, payload);
		if (again && result.kind === 'answer' && reasonIn(result) === 'ExpiredProviderToken') {
			login = undefined;
			return await post(headers, token, payload, false);
		}
		return result;
	}

	async function toDevice(message: OutgoingPush, token: string): Promise<DeviceOutcome> {
		const result = await post(apnsHeaders(message, token, clock.nowMs()), token, JSON.stringify(apnsPayload(message)));
		if ('failed' in result) return result.failed;
		if (result.kind === 'answer' && result.status === 200) {
			proven = true;
			return { kind: 'accepted', providerId: result.headers['apns-id'] ?? '' };
		}
		const reason = result.kind === 'answer' ? reasonIn(result) : '';
		return refusalOf(words, result, { sorted: sort(reason, proven), said: reason === '' ? undefined : reason, personal: [token] });
	}

	return {
		name: 'apns',
		send: async (message) => combined(message.devices, await Promise.all(message.devices.map((token) => toDevice(message, token)))),
		verify: async () => {
			const result = await post({ 'apns-push-type': 'alert' }, NOBODY, '{"aps":{"alert":"Test"}}');
			if ('failed' in result) throw new EngineError('PROVIDER_FAILED', result.failed.reason);
			if (result.kind === 'answer' && Object.hasOwn(WRONG_TOKEN, reasonIn(result))) return;
			const outcome = refusalOf(words, result, { sorted: result.kind === 'answer' ? sort(reasonIn(result), false) : undefined, said: undefined, personal: [], idempotent: true });
			throw new EngineError('PROVIDER_FAILED', outcome.reason);
		},
		close: () => {
			connection.close();
			words.close();
			return Promise.resolve();
		},
	};
}

async function makeLogin({ teamId, keyId, privateKey }: ApnsConfig, nowMs: number): Promise<Login> {
	const { default: jwt } = await import('jsonwebtoken');
	const claims = { iss: teamId, iat: Math.floor(nowMs / 1000) };
	return { token: jwt.sign(claims, privateKeyOf(privateKey), { algorithm: 'ES256', keyid: keyId }), sinceMs: nowMs };
}

function sort(reason: string, proven: boolean): Sorted | undefined {
	const wrong = Object.hasOwn(WRONG_TOKEN, reason) ? WRONG_TOKEN[reason] : undefined;
	if (wrong !== undefined) return proven ? { kind: 'dead', what: wrong } : { kind: 'permanent', what: wrong + CHECK_CREDENTIAL };
	return Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined;
}

function reasonIn({ body }: HttpAnswer): string {
	return textOf(fieldsOf(body).reason) ?? '';
}

export function apnsHeaders(message: Pick<OutgoingPush, 'id' | 'priority' | 'ttlSeconds' | 'collapseKey'>, token: string, nowMs: number): Record<string, string> {
	const { id, priority, ttlSeconds, collapseKey } = message;
	return {
		'content-type': 'application/json', 'apns-push-type': 'alert', 'apns-priority': priority === 'high' ? '10' : '5',
		'apns-id': uuidOf(createHash('sha256').update(`apns ${id} ${token}`).digest()),
		...(ttlSeconds === undefined ? {} : { 'apns-expiration': ttlSeconds === 0 ? '0' : String(Math.floor(nowMs / 1000) + ttlSeconds) }),
		...(collapseKey === undefined ? {} : { 'apns-collapse-id': collapseKey }),
	};
}

/** https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification */
export function apnsPayload(message: Omit<OutgoingPush, 'devices' | 'id'>): JsonObject {
	const { title, body, image, link, data, badge, sound, override } = message;
	const aps = filled({ alert: filled({ title, body }), badge, sound, ...(image === undefined ? {} : { 'mutable-content': 1 }) });
	return overlaid({ ...filled({ ...data, link, image }), aps }, override);
}
