/** Ways to reach somebody: one list for consent, suppression, settings and senders. */
export const CHANNELS = ['email', 'sms', 'whatsapp', 'push', 'webpush', 'onsite', 'directmail', 'ads', 'chat'] as const;
export type Channel = (typeof CHANNELS)[number];

export function isChannel(channel: unknown): channel is Channel {
	return (CHANNELS as readonly unknown[]).includes(channel);
}
