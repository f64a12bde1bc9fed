import { categoryOf, dateMs, fieldsOf, listOf, malformed, sparesAddress, textOf, userAgentIn, type Fields } from '../callbacks/reading';
import { redacted } from '../redact';
import type { CallbackReader, CallbackResult, DeliveryReport } from '../types';
import { mailReports, sesMail } from './inbound';
import { messageOfMarks } from './recipients';
import { readSns, type SnsOptions, type SnsSecrets } from './sns';

export type SesCallbackSecrets = SnsSecrets;

/**
 * What SES publishes to an SNS topic, in both formats: events of a configuration set (`eventType`, with our id among the tags) and feedback of an
 * identity (`notificationType`, without tags; our id is found where original headers are switched on, else the message by its MessageId).
 * https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html, …/notification-contents.html
 */
export function createSesCallbacks(options: SnsOptions = {}): CallbackReader<SesCallbackSecrets> {
	return {
		provider: 'ses',
		async read(request, secrets, nowMs) {
			const sns = await readSns(request, secrets, nowMs, options);
			return sns.kind === 'notification' ? await readEvent(sns.message) : sns;
		},
	};
}

export const sesCallbacks = createSesCallbacks();

async function readEvent(message: string): Promise<CallbackResult> {
	let event: Fields;
	try {
		event = fieldsOf(JSON.parse(message));
	} catch {
		// "Successfully validated SNS topic for Amazon SES event publishing."
		return /^Successfully validated SNS topic/.test(message) ? { kind: 'reports', reports: [] } : malformed('The message of Amazon SNS holds no event of Amazon SES.');
	}
	if (event.notificationType !== 'Received') return { kind: 'reports', reports: reportsOf(event) };
	const mail = await sesMail(event);
	return { kind: 'reports', reports: mail === null ? [] : await mailReports(mail) };
}

/** One thing told of one recipient. */
type Told = Pick<DeliveryReport, 'kind'> & Partial<Pick<DeliveryReport, 'bounce' | 'url' | 'userAgent'>> & { address: string | null; said?: unknown };

function reportsOf(event: Fields): DeliveryReport[] {
	const kind = textOf(event.eventType) ?? textOf(event.notificationType) ?? '';
	const mail = fieldsOf(event.mail);
	const detail = fieldsOf(event[kind === 'Rendering Failure' ? 'failure' : kind.toLowerCase()]);
	const providerId = textOf(mail.messageId);
	if (providerId === null) return [];
	const addressed = listOf(mail.destination).map(textOf);
	const at = textOf(detail.timestamp) ?? textOf(mail.timestamp);
	return toldBy(kind, detail, addressed).map(({ said, ...told }, index) => ({
		...told, ...whoseOf(mail, providerId, told.address), atMs: dateMs(at),
		// The same in both formats, which an account may have switched on at once.
		id: `${providerId}:${told.kind}:${textOf(detail.feedbackId) ?? at ?? ''}:${index}`,
		...(textOf(said) === null ? {} : { reason: redacted(String(said), addressed.filter((address) => address !== null), []) }),
	}));
}

function whoseOf(mail: Fields, providerId: string, address: string | null): Pick<DeliveryReport, 'message' | 'providerId'> {
	// Each tag is a list of values.
	const tags = Object.fromEntries(Object.entries(fieldsOf(mail.tags)).map(([name, values]) => [name, listOf(values)[0]]));
	const { message, isCopy } = messageOfMarks(tags, address);
	return isCopy ? { message: null, providerId: null } : { message: message ?? messageInHeaders(mail), providerId };
}

/** Ours are 22 characters of base64url. */
function messageInHeaders(mail: Fields): string | null {
	const header = listOf(mail.headers).map(fieldsOf).find(({ name }) => textOf(name)?.toLowerCase() === 'message-id');
	return /^<([\w-]{22})@/.exec(textOf(header?.value) ?? '')?.[1] ?? null;
}

function toldBy(kind: string, detail: Fields, addressed: readonly (string | null)[]): Told[] {
	// Tracked, rejected and rendered is the whole mail, whomever it went to.
	const all = (told: Omit<Told, 'address'>): Told[] => [{ ...told, address: addressed.length === 1 ? addressed[0] ?? null : null }];
	switch (kind) {
		case 'Delivery':
			return listOf(detail.recipients).map((address) => ({ kind: 'delivered', address: textOf(address) }));
		case 'Bounce':
			return listOf(detail.bouncedRecipients).map(fieldsOf).map(({ emailAddress, status, diagnosticCode }) => ({ ...bounceOf(detail, textOf(status)), address: textOf(emailAddress), said: diagnosticCode }));
		case 'Complaint':
			return complaintsOf(detail);
		case 'Open':
			return all({ kind: 'opened', ...userAgentIn(detail.userAgent) });
		case 'Click':
			return all({ kind: 'clicked', ...(textOf(detail.link) === null ? {} : { url: String(detail.link) }), ...userAgentIn(detail.userAgent) });
		case 'Reject':
			return all({ kind: 'failed', said: detail.reason });
		case 'Rendering Failure':
			return all({ kind: 'failed', said: detail.errorMessage });
		case 'Subscription':
			return subscriptionOf(detail).flatMap(all);
		default:
			// Send, DeliveryDelay (SES goes on trying), AmazonSnsSubscriptionSucceeded.
			return [];
	}
}

/** OnAccountSuppressionList, Suppressed, UnsubscribedRecipient: SES took the mail and did not send it. Undetermined: nobody knows whether it would come back again. */
function bounceOf({ bounceType, bounceSubType }: Fields, status: string | null): Pick<Told, 'kind' | 'bounce'> {
	const subType = textOf(bounceSubType) ?? '';
	if (/suppress|unsubscribed/i.test(subType)) return { kind: 'failed' };
	return { kind: 'bounced', bounce: { type: bounceType === 'Permanent' && !sparesAddress(status) ? 'hard' : 'soft', category: categoryOf(subType) } };
}

function complaintsOf({ complainedRecipients, complaintSubType, complaintFeedbackType }: Fields): Told[] {
	// Somebody has taken it out of the spam folder.
	if (complaintFeedbackType === 'not-spam') return [];
	const kind = /suppress/i.test(textOf(complaintSubType) ?? '') ? 'failed' : 'complained';
	return listOf(complainedRecipients).map(fieldsOf).map(({ emailAddress }) => ({ kind, address: textOf(emailAddress), said: complaintFeedbackType }));
}

/** SES's own list management, which our mails do not use. Leaving a topic counts as leaving: we cannot tell which of ours it would be. */
function subscriptionOf(detail: Fields): Pick<Told, 'kind'>[] {
	const before = fieldsOf(detail.oldTopicPreferences);
	const after = fieldsOf(detail.newTopicPreferences);
	const left = (preferences: Fields): unknown[] =>
		listOf(preferences.topicSubscriptionStatus).map(fieldsOf).filter(({ subscriptionStatus }) => /^opt_?out$/i.test(textOf(subscriptionStatus) ?? '')).map(({ topicName }) => topicName);
	const leftBefore = left(before);
	if (after.unsubscribeAll === true || left(after).some((topic) => !leftBefore.includes(topic))) return [{ kind: 'unsubscribed' }];
	return before.unsubscribeAll === true || left(after).length < leftBefore.length ? [{ kind: 'resubscribed' }] : [];
}
