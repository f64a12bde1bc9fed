import { createHmac, timingSafeEqual } from 'node:crypto';

import { dateMs, fieldsOf, isFresh, jsonOf, malformed, refused, textOf, type Fields } from '../callbacks/reading';
import type { CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { redacted } from '../redact';
import { ADDRESS_MARK, MESSAGE_MARK } from './lob';

export interface LobCallbackSecrets {
	/** Of the webhook, in Lob's dashboard. */
	webhookSecret: string;
}

/** Lob tries again when it is not answered; reports that are told twice do nothing, so the window may be wide. */
const OLDEST_MS = 48 * 3_600_000;

/**
 * Lob's webhooks (https://help.lob.com/print-and-mail/getting-data-and-results/using-webhooks): HMAC-SHA256 of the time, a full stop and the body, in hex. The object
 * that an event is about comes along, with the metadata it was made with.
 */
export const lobCallbacks: CallbackReader<LobCallbackSecrets> = {
	provider: 'lob',
	read: (request, secrets, nowMs) => Promise.resolve(read(request, secrets, nowMs)),
};

function read(request: CallbackRequest, { webhookSecret }: LobCallbackSecrets, nowMs: number): CallbackResult {
	const { 'lob-signature': signature = '', 'lob-signature-timestamp': timestamp = '' } = request.headers;
	if (webhookSecret === '' || signature === '' || !isSigned(signature, timestamp, request.body, webhookSecret)) {
		return refused('The signature of Lob (Lob-Signature) is missing or wrong. Compare Webhook Secret in the credential with that of the webhook in Lob\'s dashboard.');
	}
	if (!isFresh(signedAtMs(timestamp), nowMs, OLDEST_MS)) return refused('Lob\'s call is too old, or the clock of this machine is wrong.');
	const event = fieldsOf(jsonOf(request));
	const id = textOf(event.id);
	const type = textOf(fieldsOf(event.event_type).id);
	if (id === null || type === null) return malformed('Lob\'s call names no event.');
	const told = toldBy(type, fieldsOf(event.body));
	return { kind: 'reports', reports: told === null ? [] : [{ ...told, ...aboutOf(event), atMs: dateMs(event.date_created), id }] };
}

function isSigned(signature: string, timestamp: string, body: Uint8Array, secret: string): boolean {
	const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
	const given = Buffer.from(signature, 'hex');
	return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
}

/** Unix time, in seconds or milliseconds. */
function signedAtMs(timestamp: string): number | null {
	const given = /^\d{10,13}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
	if (Number.isNaN(given)) return dateMs(timestamp);
	return given < 100_000_000_000 ? given * 1000 : given;
}

function aboutOf(event: Fields): Pick<DeliveryReport, 'message' | 'providerId' | 'address'> {
	const body = fieldsOf(event.body);
	const metadata = fieldsOf(body.metadata);
	return { message: textOf(metadata[MESSAGE_MARK]), providerId: textOf(body.id) ?? textOf(event.reference_id), address: textOf(metadata[ADDRESS_MARK]) };
}

/** What Lob says of an address quotes it; the piece comes along with the one that it went to. */
function saidOf(body: Fields): string | null {
	const said = textOf(fieldsOf(body.failure_reason).failure_reason);
	const to = fieldsOf(body.to);
	const personal = ['name', 'company', 'address_line1', 'address_line2', 'address_city', 'address_zip'].flatMap((name) => textOf(to[name]) ?? []).filter((text) => text.length > 2);
	return said === null ? null : redacted(said, personal, []);
}

/** null: on its way, or about the envelope that the person sends back. */
function toldBy(type: string, body: Fields): Pick<DeliveryReport, 'kind' | 'bounce' | 'reason'> | null {
	switch (/^(?:postcard|letter|self_mailer)\.((?:certified\.)?[\w-]+)$/.exec(type)?.[1]?.replace('certified.', '')) {
		case 'delivered':
			return { kind: 'delivered' };
		case 'returned_to_sender':
			return { kind: 'bounced', bounce: { type: 'hard', category: 'returned-to-sender' }, reason: 'The post brought it back' };
		case 'failed':
		case 'rejected':
			return { kind: 'failed', reason: saidOf(body) ?? 'Lob could not print it' };
		case 'deleted':
			return { kind: 'failed', reason: 'It was cancelled in Lob' };
		default:
			return null;
	}
}
