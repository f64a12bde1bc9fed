import type { Channel } from './channels';

/** Which identities of a person are the addresses that a channel writes to. Those of other channels are no identities. Browsers are none either, but rows of engine/devices: of web push it is what lists name that were kept before. */
export const ADDRESSED_BY: ReadonlyArray<readonly [channel: Channel, kind: string]> = [
	['email', 'email'], ['sms', 'phone'], ['whatsapp', 'phone'], ['push', 'device'], ['webpush', 'device'],
];
