import { EngineError, type JsonObject } from '../../kernel';
import { fieldsOf, listOf, textOf } from '../callbacks/reading';
import type { HttpAnswer, HttpFailure } from '../http';
import { combined, type DeviceOutcome } from './each-device';
import { createAccessTokens } from './fcm-token';
import { pushClient, refusalOf, type Sorted } from './http-provider';
import { filled, overlaid, withoutRecipients } from './payload';
import type { FcmConfig, OutgoingPush, PushProvider } from './types';

const BASE_URL = 'https://fcm.googleapis.com';
const SERVICE = 'Firebase';

/** https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode; INVALID_ARGUMENT is the token's fault only where the answer says so. */
const CODES: Readonly<Record<string, Sorted>> = {
	UNREGISTERED: { kind: 'dead', what: 'The app is no longer on this device' },
	SENDER_ID_MISMATCH: { kind: 'permanent', what: 'The device token belongs to another Firebase project than the credential' },
	THIRD_PARTY_AUTH_ERROR: { kind: 'account', what: 'Firebase may not send to Apple devices or browsers. Upload the APNs key, or the web push key, in Firebase under Project Settings, Cloud Messaging' },
	QUOTA_EXCEEDED: { kind: 'transient', what: 'Firebase takes no more messages for now' },
	UNAVAILABLE: { kind: 'transient', what: 'Firebase is overloaded' },
	// It may have been taken; of two with the same collapse key or tag the second still rings and shows again to whoever closed the first.
	INTERNAL: { kind: 'ambiguous', what: 'Firebase failed while it took the notification' },
};
const BAD_TOKEN: Sorted = { kind: 'dead', what: 'Firebase says that this is no device token' };

/**
 * Firebase Cloud Messaging, HTTP v1 (https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send): a call a device, by connections that are kept. There is no
 * idempotency key.
 */
export function createFcmProvider(config: FcmConfig): PushProvider {
	const client = pushClient(config, { service: SERVICE, baseUrl: config.baseUrl ?? BASE_URL, secrets: [config.privateKey], unclear503: true });
	const tokens = createAccessTokens(client, config);
	const path = `/v1/projects/${encodeURIComponent(config.projectId)}/messages:send`;

	async function call(body: JsonObject, again = true): Promise<HttpAnswer | HttpFailure | { failed: Exclude<DeviceOutcome, { kind: 'accepted' }> }> {
		const access = await tokens.current();
		if ('failed' in access) return access;
		const result = await client.call({ method: 'POST', path, headers: { authorization: `Bearer ${access.token}` }, body });
		// A token may be taken back before its time; it was not taken, so the message was not either.
		if (again && result.kind === 'answer' && result.status === 401 && codeOf(result) !== 'THIRD_PARTY_AUTH_ERROR') {
			tokens.forget();
			return await call(body, false);
		}
		return result;
	}

	async function toDevice(message: OutgoingPush, token: string): Promise<DeviceOutcome> {
		// Never by an override: whom it goes to. Firebase takes one of the three.
		const { topic: _topic, condition: _condition, ...shown } = fcmMessage(message);
		const result = await call({ message: { ...shown, token } });
		if ('failed' in result) return result.failed;
		const name = result.kind === 'answer' && result.status === 200 ? textOf(fieldsOf(result.body).name) : null;
		if (name !== null) return { kind: 'accepted', providerId: name };
		return refusalOf(client, result, { sorted: result.kind === 'answer' ? sort(result) : undefined, said: result.kind === 'answer' ? saidIn(result) : undefined, personal: [token] });
	}

	return {
		name: 'fcm',
		send: async (message) => combined(message.devices, await Promise.all(message.devices.map((token) => toDevice(message, token)))),
		verify: async () => {
			const result = await call({ validate_only: true, message: { topic: 'n8n-journeys-test', notification: { title: 'Test' } } });
			if ('failed' in result) throw new EngineError('PROVIDER_FAILED', result.failed.reason);
			client.requireOk(result, saidIn);
		},
		close: () => Promise.resolve(client.close()),
	};
}

/** The message without its token (https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages). */
export function fcmMessage(message: Omit<OutgoingPush, 'devices' | 'id'>): JsonObject {
	const { title, body, image, link, data, badge, sound, collapseKey, ttlSeconds, priority, override } = message;
	const shown = filled({ title, body, image });
	const given = filled({ ...data, link });
	const android = filled({
		priority: priority === 'high' ? 'HIGH' : 'NORMAL', ttl: ttlSeconds === undefined ? undefined : `${ttlSeconds}s`, collapse_key: collapseKey,
		notification: sound === undefined && collapseKey === undefined ? undefined : filled({ sound, tag: collapseKey }),
	});
	const aps = filled({ badge, sound, ...(image === undefined ? {} : { 'mutable-content': 1 }) });
	const headers = filled({ 'apns-priority': priority === 'high' ? '10' : '5', 'apns-collapse-id': collapseKey, ...(ttlSeconds === 0 ? { 'apns-expiration': '0' } : {}) });
	const apns = filled({ headers, payload: { aps }, fcm_options: image === undefined ? undefined : { image } });
	const webpush = filled({
		headers: filled({ Urgency: priority, TTL: ttlSeconds === undefined ? undefined : String(ttlSeconds) }),
		fcm_options: link?.startsWith('https://') === true ? { link } : undefined,
	});
	return overlaid({ notification: shown, ...(Object.keys(given).length === 0 ? {} : { data: given }), android, apns, webpush }, withoutRecipients(override, /^(?:token|topic|condition)$/));
}

function errorIn({ body }: HttpAnswer): Record<string, unknown> {
	return fieldsOf(fieldsOf(body).error);
}

/** FcmError's code; without one the status of Google's APIs. */
function codeOf(answer: HttpAnswer): string {
	const error = errorIn(answer);
	const own = listOf(error.details).map(fieldsOf).find((detail) => String(detail['@type']).endsWith('FcmError'));
	return textOf(own?.errorCode) ?? textOf(error.status) ?? '';
}

function sort(answer: HttpAnswer): Sorted | undefined {
	const code = codeOf(answer);
	if (code === 'INVALID_ARGUMENT') return isAboutToken(answer) ? BAD_TOKEN : undefined;
	return Object.hasOwn(CODES, code) ? CODES[code] : undefined;
}

function isAboutToken(answer: HttpAnswer): boolean {
	const error = errorIn(answer);
	const fields = listOf(error.details).flatMap((detail) => listOf(fieldsOf(detail).fieldViolations)).map((violation) => fieldsOf(violation).field);
	return fields.includes('message.token') || /registration token/i.test(textOf(error.message) ?? '');
}

function saidIn(answer: HttpAnswer): string | undefined {
	return textOf(errorIn(answer).message) ?? undefined;
}
