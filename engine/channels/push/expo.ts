import type { JsonObject } from '../../kernel';
import { fieldsOf, listOf, textOf } from '../callbacks/reading';
import type { HttpAnswer } from '../http';
import { combined, type DeviceOutcome } from './each-device';
import { EXPO_URL, receiptAccountOf } from './expo-receipts';
import { pushClient, refusalOf, type Sorted } from './http-provider';
import { filled, overlaid, withoutRecipients } from './payload';
import type { ExpoConfig, OutgoingPush, PushProvider } from './types';

const SERVICE = 'Expo';
/** Messages a call takes. */
const MOST = 100;

/** Errors of tickets (https://docs.expo.dev/push-notifications/sending-notifications/#push-ticket-errors). */
const CODES: Readonly<Record<string, Sorted>> = {
	DeviceNotRegistered: { kind: 'dead', what: 'The app is no longer on this device' },
	MessageTooBig: { kind: 'permanent', what: 'The notification has more than 4 KB' },
	MessageRateExceeded: { kind: 'transient', what: 'Expo takes no more messages for this device for now' },
	MismatchSenderId: { kind: 'account', what: 'The Firebase key at Expo is of another project than the app. Upload the right one (eas credentials)' },
	InvalidCredentials: { kind: 'account', what: 'The push key at Expo is missing or revoked. Upload it again (eas credentials)' },
};
/** Errors of a whole call. */
const CALL_CODES: Readonly<Record<string, Sorted>> = {
	TOO_MANY_REQUESTS: { kind: 'transient', what: 'Expo takes no more messages for now' },
	PUSH_TOO_MANY_EXPERIENCE_IDS: { kind: 'permanent', what: 'The devices of these people belong to several Expo projects, of which a call takes one. Remove the tokens of the other projects' },
	UNAUTHORIZED: { kind: 'account', what: 'Expo refused the access token. Check it in the credential' },
};

interface Entry {
	message: OutgoingPush;
	token: string;
}

/**
 * Expo's push service (https://docs.expo.dev/push-notifications/sending-notifications/): up to 100 devices a call, a ticket each. Whether Apple or Google took it stands in a receipt some minutes later
 * (expo-receipts.ts). There is no idempotency key.
 */
export function createExpoProvider(config: ExpoConfig): PushProvider {
	const { accessToken } = config;
	const client = pushClient(config, {
		service: SERVICE, baseUrl: config.baseUrl ?? EXPO_URL, secrets: accessToken === undefined ? [] : [accessToken], unclear503: true,
		headers: { accept: 'application/json', ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }) },
	});

	async function post(entries: readonly Entry[]): Promise<DeviceOutcome[]> {
		const result = await client.call({ method: 'POST', path: '/push/send', body: entries.map(({ message, token }) => expoMessage(message, token)) });
		const personal = entries.map(({ token }) => token);
		const tickets = result.kind === 'answer' && result.status === 200 ? listOf(fieldsOf(result.body).data) : [];
		// In another number they cannot be told apart.
		if (tickets.length === entries.length) return tickets.map((ticket) => ofTicket(fieldsOf(ticket), personal));
		const code = result.kind === 'answer' ? callError(result).code : '';
		const outcome = refusalOf(client, result, { sorted: Object.hasOwn(CALL_CODES, code) ? CALL_CODES[code] : undefined, said: result.kind === 'answer' ? saidIn(result) : undefined, personal });
		return entries.map(() => outcome);
	}

	function ofTicket(ticket: Record<string, unknown>, personal: readonly string[]): DeviceOutcome {
		const id = textOf(ticket.id);
		if (ticket.status === 'ok' && id !== null) return { kind: 'accepted', providerId: id };
		const code = textOf(fieldsOf(ticket.details).error) ?? '';
		const sorted = Object.hasOwn(CODES, code) ? CODES[code] : undefined;
		const reason = client.reason(sorted?.what ?? 'Expo refused the message', textOf(ticket.message) ?? undefined, personal);
		return { kind: sorted?.kind ?? 'permanent', reason };
	}

	async function toAll(messages: readonly OutgoingPush[]) {
		const entries = messages.flatMap((message) => message.devices.map((token): Entry => ({ message, token })));
		const outcomes: DeviceOutcome[] = [];
		for (let at = 0; at < entries.length; at += MOST) outcomes.push(...(await post(entries.slice(at, at + MOST))));
		let at = 0;
		const account = receiptAccountOf(config);
		return messages.map(({ devices }) => {
			const own = outcomes.slice(at, (at += devices.length));
			const tickets = own.flatMap((outcome, n) => (outcome.kind === 'accepted' ? [{ ticket: outcome.providerId, device: devices[n] ?? '' }] : []));
			return { ...combined(devices, own), ...(tickets.length === 0 ? {} : { receipts: { ...account, tickets } }) };
		});
	}

	return {
		name: 'expo',
		send: async (message) => (await toAll([message]))[0] ?? { kind: 'ambiguous', reason: 'Expo did not say what became of this message.' },
		batch: { size: MOST, send: toAll },
		verify: async () => {
			client.requireOk(await client.call({ method: 'POST', path: '/push/getReceipts', body: { ids: ['00000000-0000-0000-0000-000000000000'] } }), saidIn);
		},
		close: () => Promise.resolve(client.close()),
	};
}

/** https://docs.expo.dev/push-notifications/sending-notifications/#message-request-format */
export function expoMessage(message: Omit<OutgoingPush, 'devices' | 'id'>, token: string): JsonObject {
	const { title, body, image, link, data, badge, sound, collapseKey, ttlSeconds, priority, override } = message;
	return overlaid(filled({
		to: token, title, body, data: filled({ ...data, link }), badge, sound, ttl: ttlSeconds, priority,
		richContent: image === undefined ? undefined : { image }, mutableContent: image === undefined ? undefined : true, collapseId: collapseKey, tag: collapseKey,
	}), withoutRecipients(override, /^to$/));
}

function callError({ body }: HttpAnswer): { code: string; message: string | undefined } {
	const [first] = listOf(fieldsOf(body).errors).map(fieldsOf);
	return { code: textOf(first?.code) ?? '', message: textOf(first?.message) ?? undefined };
}

function saidIn(answer: HttpAnswer): string | undefined {
	return callError(answer).message;
}
