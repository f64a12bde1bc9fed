import { createHmac, timingSafeEqual } from 'node:crypto';

import { categoryOf, fieldsOf, isFresh, jsonOf, malformed, refused, secondsMs, sparesAddress, textOf, userAgentIn, type Fields } from '../callbacks/reading';
import { redacted } from '../redact';
import type { CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../types';
import { mailgunMail, mailReports, readForm, type MailForm } from './inbound';
import { bareMessageId } from './smtp-message';
import { messageOfMarks } from './recipients';

export interface MailgunCallbackSecrets {
	/** The HTTP webhook signing key of the account (Settings, API Keys): not an API key. */
	signingKey: string;
}

/**
 * Mailgun tries again for 8 hours (after 5, 10 and 15 minutes, 1, 2 and 4 hours; …/webhooks/webhook-retries). The time that it signs is that of the event
 * in the documented calls, so the last try may be as old as that, and older when Mailgun's own queue was late. A day keeps them all.
 */
const OLDEST_MS = 24 * 3_600_000;

/**
 * Mailgun's webhooks (https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads); their signature: HMAC-SHA-256 over
 * timestamp and token (…/webhooks/securing-webhooks). It does not cover the event itself, so the address of the callbacks should be https.
 */
export const mailgunCallbacks: CallbackReader<MailgunCallbackSecrets> = {
	provider: 'mailgun',
	read: async (request, secrets, nowMs) => await read(request, secrets, nowMs),
};

async function read(request: CallbackRequest, { signingKey }: MailgunCallbackSecrets, nowMs: number): Promise<CallbackResult> {
	if (signingKey === '') return refused('The Mailgun credential holds no webhook signing key. Copy it from Mailgun, Settings, API Keys.');
	const form = await readForm(request);
	if (form !== null) return await readMail(form, signingKey, nowMs);
	const body = jsonOf(request);
	const signature = fieldsOf(fieldsOf(body).signature);
	if (body === undefined) return malformed('Mailgun\'s callback is not JSON. Set up webhooks in Mailgun under Sending, Webhooks; the legacy ones are not read.');
	const fault = faultOf(signature, signingKey, nowMs);
	if (fault !== null) return refused(fault);
	const event = fieldsOf(fieldsOf(body)['event-data']);
	if (textOf(event.event) === null) return malformed('Mailgun\'s callback holds no event.');
	return { kind: 'reports', reports: reportsOf(event) };
}

/** A route posts the mail as a form, with the three fields of the signature beside it. */
async function readMail(form: MailForm, signingKey: string, nowMs: number): Promise<CallbackResult> {
	const fault = faultOf({ timestamp: form.textOf('timestamp'), token: form.textOf('token'), signature: form.textOf('signature') }, signingKey, nowMs);
	if (fault !== null) return refused(fault);
	const mail = await mailgunMail(form);
	return mail === null ? malformed('Mailgun\'s call holds no mail. Let a route forward to the address of the callbacks.') : { kind: 'reports', reports: await mailReports(mail) };
}

function faultOf(signature: Fields, key: string, nowMs: number): string | null {
	if (!isSigned(signature, key)) return 'The signature of Mailgun\'s callback is missing or wrong. Compare the webhook signing key in the credential.';
	return isFresh(secondsMs(signature.timestamp), nowMs, OLDEST_MS) ? null : 'Mailgun\'s callback is too old, or the clock of this machine is wrong.';
}

function isSigned({ timestamp, token, signature }: Fields, key: string): boolean {
	if (textOf(token) === null || textOf(signature) === null) return false;
	const expected = createHmac('sha256', key).update(`${String(timestamp)}${String(token)}`).digest();
	const given = Buffer.from(String(signature), 'hex');
	return given.length === expected.length && timingSafeEqual(given, expected);
}

function reportsOf(event: Fields): DeliveryReport[] {
	const about = aboutOf(event);
	const id = textOf(event.id);
	if (about === null || id === null) return [];
	const headers = fieldsOf(fieldsOf(event.message).headers);
	const messageId = textOf(headers['message-id']);
	const address = textOf(event.recipient);
	const atMs = secondsMs(event.timestamp);
	const said = saidBy(event);
	const { message, isCopy } = messageOfMarks(fieldsOf(event['user-variables']), address);
	return [{
		...about,
		// Unique within a day only.
		id: `${id}@${atMs ?? ''}`,
		message, providerId: messageId === null || isCopy ? null : bareMessageId(messageId), address, atMs,
		...(said === null ? {} : { reason: redacted(said, address === null ? [] : [address], []) }),
	}];
}

function saidBy(event: Fields): string | null {
	const status = fieldsOf(event['delivery-status']);
	return event.event === 'delivered' ? null : textOf(status.message) ?? textOf(status.description) ?? textOf(fieldsOf(event.reject).reason) ?? textOf(event.reason);
}

type About = Pick<DeliveryReport, 'kind'> & Partial<DeliveryReport>;

function aboutOf(event: Fields): About | null {
	const client = fieldsOf(event['client-info']);
	// `bot` names the machine (apple, gmail, generic); '' is none.
	const visitor = { ...(textOf(client.bot) === null ? {} : { machine: true }), ...userAgentIn(client['user-agent']) };
	switch (event.event) {
		case 'delivered':
		case 'complained':
		case 'unsubscribed':
			return { kind: event.event };
		case 'failed':
			// temporary: Mailgun goes on trying, and tells of the end.
			return event.severity === 'permanent' ? failureOf(event) : null;
		case 'rejected':
			return { kind: 'failed' };
		case 'opened':
			return { kind: 'opened', ...visitor };
		case 'clicked':
			return { kind: 'clicked', ...(textOf(event.url) === null ? {} : { url: String(event.url) }), ...visitor };
		default:
			return null;
	}
}

/** `bounce`, `generic`, `old` (8 hours of tries), `espblock`, …; suppress-…: it stood on Mailgun's own list. */
function failureOf(event: Fields): About {
	const reason = textOf(event.reason) ?? 'unknown';
	if (reason.startsWith('suppress-')) return { kind: 'failed' };
	const status = fieldsOf(event['delivery-status']);
	const told = textOf(status['bounce-type']) ?? (reason === 'bounce' || reason === 'hardfail' ? 'hard' : 'soft');
	const isHard = told === 'hard' && !sparesAddress(textOf(status['enhanced-code']));
	return { kind: 'bounced', bounce: { type: isHard ? 'hard' : 'soft', category: categoryOf(reason) } };
}
