import { makeVapidKeys } from '../channels/webpush';
import { claimSetting, readSetting } from '../settings';
import type { Store } from '../store';

const KEYS = 'vapid-keys';

export interface VapidKeys {
	/** base64url, as browsers subscribe with it. */
	publicKey: string;
	/** base64url. Leaves the engine towards a push service only as a signature. */
	privateKey: string;
}

/**
 * Made at the first use and the same for good, in every process: browsers subscribe with the public key, and a push service takes nothing signed with another. They stand beside the secret of
 * links, not among the settings that people see, restore and compare.
 */
export async function vapidKeys(store: Store): Promise<VapidKeys> {
	const known = await store.read((reader) => readSetting<VapidKeys>(reader, KEYS));
	if (known !== null) return known;
	const made = await makeVapidKeys();
	return await store.tx('vapid-keys', (tx) => claimSetting(tx, KEYS, made));
}
