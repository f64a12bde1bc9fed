/** What a delivery service, or our own links, may tell of a message by an event. */
export type MessageNews = 'delivered' | 'opened' | 'clicked' | 'bounced' | 'complained' | 'replied' | 'autoReplied' | 'dismissed';

/**
 * The events by channel: Segment's names where its spec has them (https://segment.com/docs/connections/spec/email/ and …/spec/mobile/, push notifications),
 * the others named alike. A tap opens a push message and follows its link at once.
 */
const NAMES: Readonly<Record<string, Readonly<Partial<Record<MessageNews, string>>>>> = {
	email: {
		delivered: 'Email Delivered', opened: 'Email Opened', clicked: 'Email Link Clicked', bounced: 'Email Bounced', complained: 'Email Marked as Spam', replied: 'Email Replied', autoReplied: 'Email Auto-Replied',
	},
	sms: { delivered: 'SMS Delivered', clicked: 'SMS Link Clicked', bounced: 'SMS Bounced', complained: 'SMS Marked as Spam', replied: 'SMS Replied' },
	whatsapp: {
		delivered: 'WhatsApp Delivered', opened: 'WhatsApp Opened', clicked: 'WhatsApp Link Clicked', bounced: 'WhatsApp Bounced', complained: 'WhatsApp Marked as Spam', replied: 'WhatsApp Replied',
	},
	chat: { delivered: 'Chat Delivered', opened: 'Chat Opened', clicked: 'Chat Link Clicked', bounced: 'Chat Bounced', replied: 'Chat Replied' },
	push: { delivered: 'Push Notification Received', opened: 'Push Notification Tapped', clicked: 'Push Notification Tapped', bounced: 'Push Notification Bounced' },
	webpush: { delivered: 'Push Notification Received', opened: 'Push Notification Tapped', clicked: 'Push Notification Tapped', bounced: 'Push Notification Bounced', dismissed: 'Push Notification Dismissed' },
	onsite: { opened: 'On-Site Shown', clicked: 'On-Site Clicked' },
	directmail: { delivered: 'Direct Mail Delivered', bounced: 'Direct Mail Bounced' },
};

/** The event of a channel's message; null: there is none, and the ledger alone says so. */
export function messageEvent(channel: string, news: MessageNews): string | null {
	return NAMES[channel]?.[news] ?? null;
}

/** The events of every channel that tell this. */
export function messageEvents(news: MessageNews): readonly string[] {
	return [...new Set(Object.values(NAMES).flatMap((names) => names[news] ?? []))];
}

/** Of every channel, each once, those of email first. */
export const MESSAGE_EVENTS: readonly string[] = [...new Set(Object.values(NAMES).flatMap((names) => Object.values(names)))];
