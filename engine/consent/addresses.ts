import type { Channel } from './channels';

/** Which identities of a person are the addresses that a channel writes to. Those of other channels are no identities: a browser's subscription goes with its person (engine/devices). */
export const ADDRESSED_BY: ReadonlyArray<readonly [channel: Channel, kind: string]> = [
	['email', 'email'], ['sms', 'phone'], ['whatsapp', 'phone'], ['push', 'device'],
];
