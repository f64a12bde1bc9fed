import { createProviderPool } from '../pool';
import { apnsPayload, createApnsProvider } from './apns';
import { createExpoProvider, expoMessage } from './expo';
import { forgetReceiptAccounts, receiptAccountOf } from './expo-receipts';
import { createFcmProvider, fcmMessage } from './fcm';
import { createOneSignalProvider, oneSignalMessage } from './onesignal';
import { bytesOf, MOST_PAYLOAD_BYTES } from './payload';
import type { OutgoingPush, PushConfig, PushProvider } from './types';

export { askReceipts, EXPO_URL, knownReceiptAccounts, MOST_RECEIPTS, type Receipt, type ReceiptAccount } from './expo-receipts';
export { platformOf } from './platform';
export { bytesOf, MOST_PAYLOAD_BYTES } from './payload';
export { combined, type DeviceOutcome } from './each-device';
export { pushClient, refusalOf, type Sorted } from './http-provider';

const pool = createProviderPool<PushConfig, OutgoingPush>(createPushProvider);

/** See ProviderPool. */
export const pushProvider = (config: PushConfig): PushProvider => pool.of(config);

export async function closePushProviders(): Promise<void> {
	forgetReceiptAccounts();
	await pool.closeAll();
}

/** What became of messages that this configuration has sent, before a restart or in another process, can be asked for by this process from now on. Of services that are not asked, nothing. */
export function knowReceiptAccount(config: PushConfig): void {
	if (config.kind === 'expo') receiptAccountOf(config);
}

/** A provider that nobody shares, for a credential's test; whoever makes it closes it. */
export function createPushProvider(config: PushConfig): PushProvider {
	switch (config.kind) {
		case 'fcm':
			return createFcmProvider(config);
		case 'apns':
			return createApnsProvider(config);
		case 'expo':
			return createExpoProvider(config);
		case 'onesignal':
			return createOneSignalProvider(config);
	}
}

/** What is handed to the service, without the token: what its limit of 4 KB is about, and what a preview shows. */
export function pushPayload(config: PushConfig, message: OutgoingPush): Record<string, unknown> {
	switch (config.kind) {
		case 'fcm':
			return fcmMessage(message);
		case 'apns':
			return apnsPayload(message);
		case 'expo': {
			const { to: _to, ...payload } = expoMessage(message, '');
			return payload;
		}
		case 'onesignal': {
			const { app_id: _app, include_subscription_ids: _ids, include_aliases: _aliases, idempotency_key: _key, ...payload } = oneSignalMessage(config, message);
			return payload;
		}
	}
}

/** undefined: it fits. */
export function tooLarge(config: PushConfig, message: OutgoingPush): number | undefined {
	const bytes = bytesOf(pushPayload(config, message) as Parameters<typeof bytesOf>[0]);
	return bytes > MOST_PAYLOAD_BYTES ? bytes : undefined;
}
