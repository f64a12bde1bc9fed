import { CHANNELS, EngineError, isChannel, type Channel } from '../kernel';

export { CHANNELS, isChannel, type Channel } from '../kernel';

/**
 * Channels that need a "yes" before the first marketing message. Push and web push are not among them: the device token is the
 * consent, which the person gave to their phone or browser and can take back there.
 */
export const OPT_IN_CHANNELS: readonly Channel[] = ['sms', 'whatsapp'];

/** Topics are told apart without case and outer space: a capital letter must not undo an opt-out. */
export function normaliseTopic(topic: string): string {
	return topic.trim().normalize('NFC').toLowerCase();
}

/** Throws BAD_INPUT with the channels there are; `what` begins the message ('Consent change 3'). */
export function checkedChannel(channel: unknown, what: string, index: number): Channel {
	if (isChannel(channel)) return channel;
	throw new EngineError('BAD_INPUT', `${what} names no channel that there is; use one of ${CHANNELS.join(', ')}.`, { index });
}
