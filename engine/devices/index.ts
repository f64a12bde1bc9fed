import { subscribe, unsubscribe, replaced, type SubscriptionParts } from './subscriptions';
import type { Subscribing } from './types';
import { vapidKeys } from './vapid';

export { believeDevices, claimDevices, devicesOf, isOfDevices, listDevices, NO_PROVEN_DEVICE, removeDevices, type DeviceClaim } from './devices';
export { devicesKeeper } from './keeper';
export { readSubscription } from './subscriptions';
export { vapidKeys, type VapidKeys } from './vapid';
export type * from './types';

/** What the collector tells of browsers that people subscribe in. Each rejects when nothing was stored. */
export interface Browsers {
	publicKey(): Promise<string>;
	/** false: the visitor's id is none. */
	subscribe(given: Subscribing): Promise<boolean>;
	unsubscribe(endpoint: string): Promise<void>;
	replaced(former: string, now: { endpoint: string; p256dh: string; auth: string }): Promise<void>;
}

export function createBrowsers(parts: SubscriptionParts): Browsers {
	return {
		publicKey: async () => (await vapidKeys(parts.store)).publicKey,
		subscribe: (given) => subscribe(parts, given),
		unsubscribe: (endpoint) => unsubscribe(parts, endpoint),
		replaced: (former, now) => replaced(parts, former, now),
	};
}
