import { createHash } from 'node:crypto';

import type { JsonObject } from '../../kernel';
import { fieldsOf, listOf, textOf } from '../callbacks/reading';
import type { HttpAnswer } from '../http';
import type { SendOutcome } from '../types';
import { combined, type DeviceOutcome } from './each-device';
import { pushClient, refusalOf } from './http-provider';
import { filled, overlaid, uuidOf, withoutRecipients } from './payload';
import type { OneSignalConfig, OutgoingPush, PushProvider } from './types';

const BASE_URL = 'https://api.onesignal.com';
const SERVICE = 'OneSignal';
const GONE = { kind: 'dead', reason: 'OneSignal knows no device of this person that takes notifications.' } as const;

/**
 * OneSignal (https://documentation.onesignal.com/reference/push-notification): one call a person for all of their devices, by subscription ids or by external id. Its
 * idempotency key holds for 30 days, so a call that is lost is repeated.
 */
export function createOneSignalProvider(config: OneSignalConfig): PushProvider {
	const client = pushClient(config, { service: SERVICE, baseUrl: config.baseUrl ?? BASE_URL, headers: { authorization: `Key ${config.apiKey}` }, secrets: [config.apiKey] });

	async function send(message: OutgoingPush): Promise<SendOutcome> {
		const { devices } = message;
		const result = await client.call({ method: 'POST', path: '/notifications', query: { c: 'push' }, body: oneSignalMessage(config, message), repeatWhen: () => false });
		if (result.kind === 'answer' && result.status === 200) return combined(devices, taken(config, devices, result, { kind: 'permanent', reason: client.reason('OneSignal sent the message to nobody', saidIn(result), devices) }));
		const refused = refusalOf(client, result, { sorted: undefined, said: result.kind === 'answer' ? saidIn(result) : undefined, personal: devices });
		return combined(devices, devices.map(() => refused));
	}

	return {
		name: 'onesignal',
		send,
		verify: async () => {
			client.requireOk(await client.call({ method: 'GET', path: '/notifications', query: { app_id: config.appId, limit: '1' } }), saidIn);
		},
		close: () => Promise.resolve(client.close()),
	};
}

/** An answer without an id was sent to nobody; those it names were left out. */
function taken({ by }: OneSignalConfig, devices: readonly string[], answer: HttpAnswer, refused: DeviceOutcome): DeviceOutcome[] {
	const body = fieldsOf(answer.body);
	const id = textOf(body.id);
	// Somebody without a device at OneSignal today may have one tomorrow: an external id is no token that dies.
	const nobody: DeviceOutcome = by === 'subscription' ? GONE : { kind: 'permanent', reason: GONE.reason };
	const errors = fieldsOf(body.errors);
	const invalid = new Set([...listOf(errors.invalid_subscription_ids), ...listOf(errors.invalid_player_ids), ...listOf(fieldsOf(errors.invalid_aliases).external_id)]);
	if (id !== null) return devices.map((device) => (invalid.has(device) ? nobody : { kind: 'accepted', providerId: id }));
	const noneSubscribed = listOf(body.errors).some((error) => /not subscribed/i.test(String(error)));
	return devices.map((device) => (noneSubscribed || invalid.has(device) ? nobody : refused));
}

/** Beside the ids of people, segments and filters would add everybody whom they hold (https://documentation.onesignal.com/reference/create-message). */
const RECIPIENTS = /^(?:included?_|excluded?_|filters$)/;

export function oneSignalMessage({ appId, by }: Pick<OneSignalConfig, 'appId' | 'by'>, message: OutgoingPush): JsonObject {
	const { id, devices, title, body, image, link, data, badge, sound, collapseKey, ttlSeconds, priority, override } = message;
	const isWeb = link !== undefined && /^https?:/i.test(link);
	return {
		...overlaid(filled({
			headings: { en: title }, contents: { en: body }, data: filled({ ...data, link }), url: isWeb ? link : undefined, app_url: isWeb ? undefined : link,
			big_picture: image, ios_attachments: image === undefined ? undefined : { image }, ios_badgeType: badge === undefined ? undefined : 'SetTo', ios_badgeCount: badge,
			ios_sound: sound, collapse_id: collapseKey, ttl: ttlSeconds, priority: priority === 'high' ? 10 : 5,
		}), withoutRecipients(override, RECIPIENTS)),
		// Never by an override: whom it goes to, and that it goes once.
		app_id: appId, target_channel: 'push', idempotency_key: uuidOf(createHash('sha256').update(`onesignal ${id}`).digest()),
		...(by === 'subscription' ? { include_subscription_ids: [...devices] } : { include_aliases: { external_id: [...devices] } }),
	};
}

function saidIn({ body }: HttpAnswer): string | undefined {
	const { errors } = fieldsOf(body);
	const [first] = listOf(errors);
	return textOf(first) ?? textOf(fieldsOf(first).title) ?? textOf(fieldsOf(first).message) ?? undefined;
}
