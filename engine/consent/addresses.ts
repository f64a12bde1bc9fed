import type { Channel } from './channels';

/** Chat services that know people by an id of their own, which is the kind of identity called like the service. Kakao's AlimTalk goes to phone numbers. */
export const CHAT_KINDS = ['telegram', 'line', 'slack', 'discord', 'viber'] as const;

/** Which identities of a person are the addresses that a channel writes to. Those of other channels are no identities. Browsers are none either, but rows of engine/devices: of web push it is what lists name that were kept before. */
export const ADDRESSED_BY: ReadonlyArray<readonly [channel: Channel, kind: string]> = [
	['email', 'email'], ['sms', 'phone'], ['whatsapp', 'phone'], ['push', 'device'], ['webpush', 'device'], ['chat', 'phone'], ...CHAT_KINDS.map((kind) => ['chat', kind] as const),
];

/** Of the channel, whoever delivers it. */
export function addressKindsOf(channel: string): string[] {
	return ADDRESSED_BY.flatMap(([of, kind]) => (of === channel ? [kind] : []));
}

/** What a delivery service calls people by on a channel: where the channel knows several kinds, the service's own, else their number. undefined: by no identity. */
export function addressKindAt(channel: string, service: string): string | undefined {
	const kinds = addressKindsOf(channel);
	return kinds.find((kind) => kind === service) ?? kinds[0];
}
