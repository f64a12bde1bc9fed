import { createHash, createHmac } from 'node:crypto';

import { dateMs, fieldsOf, isFresh, isSame, listOf, malformed, objectOf, refused, secondsMs, textOf, type Fields } from '../callbacks/reading';
import type { CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { inboundReport } from './inbound';

const SIGNATURE = 'messagebird-signature';
const TIMESTAMP = 'messagebird-request-timestamp';
/** Bird repeats for 8 hours (https://docs.bird.com/api/notifications-api/api-reference/webhook-subscriptions); whether it signs anew is not documented. */
const OLDEST_MS = 24 * 3_600_000;
/** Where the failure is the carrier's: its code is then that of the API that was MessageBird's. */
const CARRIER = 'sms-messagebird';

/** Told apart from the calls of the API that was MessageBird's by their header. */
export function isOfChannels({ headers }: Pick<CallbackRequest, 'headers'>): boolean {
	return headers[SIGNATURE] !== undefined && headers['messagebird-signature-jwt'] === undefined;
}

/**
 * Webhooks of Bird's Channels API, `sms.outbound` and `sms.inbound` (https://docs.bird.com/api/channels-api/message-status-and-interactions); signed by HMAC-SHA-256 over
 * time, address and a hash of the body (…/webhook-subscriptions/verifying-a-webhook-subscription). `failed` says what a carrier's code means.
 */
export function readChannels(request: CallbackRequest, signingKey: string, nowMs: number, failed: (code: string) => Pick<DeliveryReport, 'kind' | 'bounce' | 'reason'>): CallbackResult {
	if (signingKey === '') return refused('The Bird credential has no Signing Key, so what Bird tells cannot be believed. Enter the one that the webhook subscription was made with.');
	if (!isSigned(request, signingKey)) return refused('The signature of Bird is wrong. Compare the Signing Key in the credential with that of the webhook subscription, and the public address with the one Bird calls.');
	if (!isFresh(secondsMs(request.headers[TIMESTAMP]), nowMs, OLDEST_MS)) return refused('The call of Bird is too old, or the clock of this machine is wrong.');
	const event = fieldsOf(objectOf(request));
	const payload = fieldsOf(event.payload);
	const id = textOf(payload.id);
	if (id === null) return malformed('The call of Bird names no message (payload.id).');
	if (event.event === 'sms.inbound') return { kind: 'reports', reports: inbound(payload, id) };
	return { kind: 'reports', reports: event.event === 'sms.outbound' ? outbound(payload, id, failed) : [] };
}

function isSigned({ headers, url, body }: CallbackRequest, key: string): boolean {
	const hash = createHash('sha256').update(body).digest();
	return isSame(headers[SIGNATURE] ?? '', createHmac('sha256', key).update(`${headers[TIMESTAMP] ?? ''}\n${url}\n`).update(hash).digest('base64'));
}

function inbound(payload: Fields, id: string): DeliveryReport[] {
	const from = numberOf(fieldsOf(payload.sender).contact);
	return from === null ? [] : [inboundReport({ id, from, to: textOf(fieldsOf(fieldsOf(payload.receiver).connector).identifierValue), text: wordsOf(fieldsOf(payload.body)), atMs: dateMs(payload.createdAt) })];
}

/**
 * What the person wrote, also beside a picture or a file. Of these Bird publishes the shape for sending alone (https://docs.bird.com/api/channels-api/message-types/images); messages that came in
 * hold pictures at the same place, so the text is looked for there, too: a STOP that is missed would be the worst.
 */
function wordsOf(body: Fields): string {
	const found = ['text', 'image', 'file'].map((kind) => textOf(fieldsOf(body[kind]).text)).find((text) => text !== null);
	return found ?? '';
}

function outbound(payload: Fields, id: string, failed: (code: string) => Pick<DeliveryReport, 'kind' | 'bounce' | 'reason'>): DeliveryReport[] {
	const told = outcomeOf(payload, failed);
	if (told === null) return [];
	const address = listOf(fieldsOf(payload.receiver).contacts).map(numberOf)[0] ?? null;
	return [{ ...told, message: textOf(payload.reference), providerId: id, address, atMs: dateMs(payload.lastStatusAt), id: `${id}:${String(payload.status)}` }];
}

/** null: on the way (accepted, processing, sent). */
function outcomeOf({ status, failure }: Fields, failed: (code: string) => Pick<DeliveryReport, 'kind' | 'bounce' | 'reason'>): Pick<DeliveryReport, 'kind' | 'bounce' | 'reason'> | null {
	if (status === 'delivered') return { kind: 'delivered' };
	const source = fieldsOf(fieldsOf(failure).source);
	if (status !== 'delivery_failed' && status !== 'sending_failed' && status !== 'rejected') return null;
	if (textOf(source.name) === CARRIER && source.code !== undefined) return failed(String(source.code));
	const code = fieldsOf(failure).code;
	const reason = code === undefined ? {} : { reason: `Bird failure ${String(code)}` };
	// Bird itself kept it back: its own checks, the account, a template.
	return status === 'delivery_failed' ? { kind: 'bounced', bounce: { type: 'soft', category: 'undelivered' }, ...reason } : { kind: 'failed', ...reason };
}

function numberOf(contact: unknown): string | null {
	const { identifierKey, identifierValue } = fieldsOf(contact);
	return identifierKey === 'phonenumber' ? textOf(identifierValue) : null;
}
