import { keyedReader, type CallbackKey } from '../callbacks/keyed';
import { dateMs, entryOf, fieldsOf, secondsMs, textOf, userAgentIn, type Fields } from '../callbacks/reading';
import { redacted } from '../redact';
import type { CallbackReader, DeliveryReport } from '../types';
import { mailReports, sparkPostMail } from './inbound';
import { messageOfMarks } from './recipients';

/** injection, delay and what concerns inbound mail or tests say nothing of what became of a mail. */
const KINDS: Record<string, DeliveryReport['kind']> = {
	delivery: 'delivered', bounce: 'bounced', out_of_band: 'bounced', spam_complaint: 'complained', list_unsubscribe: 'unsubscribed', link_unsubscribe: 'unsubscribed',
	open: 'opened', initial_open: 'opened', amp_open: 'opened', amp_initial_open: 'opened', click: 'clicked', amp_click: 'clicked',
	generation_failure: 'failed', generation_rejection: 'failed', policy_rejection: 'failed',
};

/** Bounce Classification Codes (support.sparkpost.com); hard are those that it calls so. */
const BOUNCE_CLASSES: Record<string, string> = {
	1: 'undetermined', 10: 'invalid-recipient', 20: 'soft-bounce', 21: 'dns-failure', 22: 'mailbox-full', 23: 'too-large', 24: 'timeout', 25: 'admin-failure',
	26: 'smart-send-suppression', 30: 'no-recipient', 40: 'generic-bounce', 50: 'mail-block', 51: 'spam-block', 52: 'spam-content', 53: 'prohibited-attachment',
	54: 'relaying-denied', 60: 'auto-reply', 70: 'transient-failure', 80: 'subscribe', 90: 'unsubscribe', 100: 'challenge-response',
};
const HARD = new Set(['10', '30', '90']);

/** SparkPost signs nothing: the webhook's address or its basic login bears a key of the user's. Batches of events, or of mails that came in (relay webhooks); the ping of a new webhook holds none. */
export const sparkPostCallbacks: CallbackReader<CallbackKey> = keyedReader('sparkpost', async (entry) => {
	const msys = fieldsOf(entry.msys);
	const mail = 'relay_message' in msys ? await sparkPostMail(fieldsOf(msys.relay_message)) : null;
	if (mail !== null) return await mailReports(mail);
	// Each holds one event under its class, such as message_event.
	return Object.values(msys).map(fieldsOf).flatMap(reportsOf);
});

function reportsOf(event: Fields): DeliveryReport[] {
	const kind = entryOf(KINDS, event.type);
	const id = textOf(event.event_id);
	const address = textOf(event.raw_rcpt_to) ?? textOf(event.rcpt_to);
	const { message, isCopy } = messageOfMarks(fieldsOf(event.rcpt_meta), address);
	if (kind === undefined || id === null || isCopy) return [];
	const said = textOf(event.reason) ?? textOf(event.raw_reason);
	const url = textOf(event.target_link_url);
	const isEngagement = kind === 'opened' || kind === 'clicked';
	return [{
		kind, message, providerId: textOf(event.transmission_id), address, atMs: secondsMs(event.timestamp) ?? dateMs(event.timestamp), id,
		...(kind === 'bounced' ? { bounce: bounceOf(String(event.bounce_class)) } : {}),
		...(said === null ? {} : { reason: redacted(said, address === null ? [] : [address], []) }),
		...(kind === 'clicked' && url !== null ? { url } : {}),
		...(isEngagement ? userAgentIn(event.user_agent) : {}),
		...(isEngagement && fieldsOf(event.user_agent_parsed).is_prefetched === true ? { machine: true } : {}),
	}];
}

function bounceOf(code: string): NonNullable<DeliveryReport['bounce']> {
	return { type: HARD.has(code) ? 'hard' : 'soft', category: entryOf(BOUNCE_CLASSES, code) ?? 'unknown' };
}
