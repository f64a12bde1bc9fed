import { createPublicKey, verify, type KeyObject } from 'node:crypto';

import { categoryOf, fieldsOf, isFresh, jsonOf, malformed, refused, secondsMs, sparesAddress, textOf, userAgentIn, type Fields } from '../callbacks/reading';
import { bearsKey } from '../callbacks/keyed';
import { redacted } from '../redact';
import type { CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../types';
import { mailReports, readForm, saysForm, sendGridMail } from './inbound';
import { messageOfMarks } from './recipients';

export interface SendGridCallbackSecrets {
	/** The verification key of Settings, Mail Settings, Event Webhook, Signed Event Webhook: base64 DER, or the same as PEM. */
	verificationKey?: string;
	/** Of Inbound Parse, which signs nothing unless a security policy says so: a key of our choice, in the address that SendGrid calls. */
	callbackKey?: string;
}

/** SendGrid tries for 24 hours to bring a callback; whether it signs it anew each time is not documented. */
const OLDEST_MS = 48 * 3_600_000;

/** Classifications in which the receiving server objected to something else than the address; the event webhook and the bounce API word them differently. */
const NOT_THE_ADDRESS = /^(content|reputation|frequency|technical)/;

/**
 * SendGrid's event webhook: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event; its signature, ECDSA with SHA-256 over
 * timestamp and body: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features.
 */
export const sendGridCallbacks: CallbackReader<SendGridCallbackSecrets> = {
	provider: 'sendgrid',
	read: async (request, secrets, nowMs) => (saysForm(request) ? await readMail(request, secrets, nowMs) : read(request, secrets, nowMs)),
};

function read(request: CallbackRequest, { verificationKey = '' }: SendGridCallbackSecrets, nowMs: number): CallbackResult {
	const key = keyOf(verificationKey);
	if (key === null) return refused('The verification key in the SendGrid credential is missing or cannot be read. Copy it from SendGrid, Mail Settings, Event Webhook.');
	if (!isSigned(request, key)) return refused('The signature of SendGrid\'s callback is missing or wrong. Switch the Signed Event Webhook on, and compare the verification key in the credential.');
	if (!isFresh(secondsMs(request.headers['x-twilio-email-event-webhook-timestamp']), nowMs, OLDEST_MS)) return refused('SendGrid\'s callback is too old, or the clock of this machine is wrong.');
	const events = jsonOf(request);
	if (!Array.isArray(events)) return malformed('SendGrid\'s callback is not a list of events.');
	return { kind: 'reports', reports: events.flatMap((event) => reportOf(fieldsOf(event))) };
}

/** By the key in the address, or signed as events are (Inbound Parse, security policies): asked for before the form is read, which may be large. */
async function readMail(request: CallbackRequest, { verificationKey = '', callbackKey = '' }: SendGridCallbackSecrets, nowMs: number): Promise<CallbackResult> {
	const key = verificationKey === '' ? null : keyOf(verificationKey);
	const signed = key !== null && isSigned(request, key) && isFresh(secondsMs(request.headers['x-twilio-email-event-webhook-timestamp']), nowMs, OLDEST_MS);
	if (!signed && !bearsKey(request, callbackKey)) {
		return refused(callbackKey === '' ? 'The SendGrid credential has no Inbound Key, so no mail of Inbound Parse is believed. Choose one, and end the address at SendGrid with ?key= and the key' : 'The call of Inbound Parse does not bear the Inbound Key of the SendGrid credential, as ?key= in its address');
	}
	const form = await readForm(request);
	const mail = form === null ? null : await sendGridMail(form);
	return mail === null ? malformed('SendGrid\'s call holds no mail.') : { kind: 'reports', reports: await mailReports(mail) };
}

function keyOf(given: string): KeyObject | null {
	const base64 = given.replace(/-----[A-Z ]+-----/g, '').replace(/\s+/g, '');
	try {
		const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
		return key.asymmetricKeyType === 'ec' ? key : null;
	} catch {
		return null;
	}
}

function isSigned({ headers, body }: CallbackRequest, key: KeyObject): boolean {
	const signature = headers['x-twilio-email-event-webhook-signature'];
	const timestamp = headers['x-twilio-email-event-webhook-timestamp'];
	if (!signature || !timestamp) return false;
	return verify('sha256', Buffer.concat([Buffer.from(timestamp), body]), key, Buffer.from(signature, 'base64'));
}

function reportOf(event: Fields): DeliveryReport[] {
	const about = aboutOf(event);
	const id = textOf(event.sg_event_id);
	if (about === null || id === null) return [];
	const email = textOf(event.email);
	const said = textOf(event.reason);
	const { message, isCopy } = messageOfMarks(event, email);
	return [{
		...about,
		message, providerId: isCopy ? null : providerIdOf(textOf(event.sg_message_id)), address: email, atMs: secondsMs(event.timestamp), id,
		...(said === null ? {} : { reason: redacted(said, email === null ? [] : [email], []) }),
	}];
}

type About = Pick<DeliveryReport, 'kind'> & Partial<DeliveryReport>;

function aboutOf(event: Fields): About | null {
	switch (event.event) {
		case 'delivered':
			return { kind: 'delivered' };
		case 'bounce':
			return bounceOf(event);
		case 'dropped':
			// The others stand on one of SendGrid's lists, or the account may not send.
			return textOf(event.reason)?.toLowerCase() === 'invalid' ? { kind: 'bounced', bounce: { type: 'hard', category: 'invalid' } } : { kind: 'failed' };
		case 'open':
			return { kind: 'opened', ...(event.sg_machine_open === true ? { machine: true } : {}), ...userAgentIn(event.useragent) };
		case 'click':
			return { kind: 'clicked', ...(textOf(event.url) === null ? {} : { url: String(event.url) }), ...userAgentIn(event.useragent) };
		case 'spamreport':
			return { kind: 'complained' };
		case 'unsubscribe':
		case 'group_unsubscribe':
			return { kind: 'unsubscribed' };
		case 'group_resubscribe':
			return { kind: 'resubscribed' };
		default:
			// processed, deferred (SendGrid goes on trying), account_status_change.
			return null;
	}
}

/** Type `blocked`: refused this time, for the sender or the content; `expired`: not taken for three days. Whoever is of type `bounce` SendGrid drops from then on, whatever we call it. */
function bounceOf(event: Fields): About {
	const classified = textOf(event.bounce_classification);
	const category = categoryOf(classified ?? textOf(event.type) ?? 'bounce');
	const isHard = event.type === 'bounce' && !NOT_THE_ADDRESS.test(category) && !sparesAddress(textOf(event.status));
	return { kind: 'bounced', bounce: { type: isHard ? 'hard' : 'soft', category } };
}

/** `<X-Message-Id of the answer>.filter…` or `.recvd-…`, one for each recipient. */
function providerIdOf(given: string | null): string | null {
	return given === null ? null : given.replace(/\.(filter|recvd).*$/, '');
}
