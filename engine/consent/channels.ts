import { CHANNELS, isChannel, type Channel } from '../kernel';

export { CHANNELS, isChannel, normaliseTopic, type Channel } from '../kernel';

/**
 * Channels that need a "yes" before the first marketing message. Push and web push are not among them: the device token is the
 * consent, which the person gave to their phone or browser and can take back there.
 */
export const OPT_IN_CHANNELS: readonly Channel[] = ['sms', 'whatsapp'];

/** Why this is no channel; null: it is one. */
export function channelFault(channel: unknown): string | null {
	return isChannel(channel) ? null : `The channel is none of those there are; use one of ${CHANNELS.join(', ')}.`;
}
