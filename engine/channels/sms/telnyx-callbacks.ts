import { createPublicKey, verify } from 'node:crypto';

import { dateMs, entryOf, fieldsOf, listOf, malformed, objectOf, refused } from '../callbacks/reading';
import type { Bounce, CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { messageIn } from './callback-reading';
import { inboundReport } from './inbound';

export interface TelnyxSecrets {
	/** Mission Control: Account, Public Key; base64. */
	publicKey?: string;
}

const LONGEST_AGE_MS = 300_000;
/** Before the 32 bytes of an Ed25519 key, to make a SubjectPublicKeyInfo of them (RFC 8410). */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** https://developers.telnyx.com/docs/messaging/messages/error-codes */
const BOUNCES: Readonly<Record<string, Bounce>> = {
	'40001': { type: 'hard', category: 'not-routable' }, '40002': { type: 'soft', category: 'spam-block' }, '40003': { type: 'soft', category: 'spam-block' },
	'40004': { type: 'soft', category: 'rejected' }, '40005': { type: 'soft', category: 'expired' }, '40006': { type: 'soft', category: 'unreachable' },
	'40008': { type: 'soft', category: 'undeliverable' }, '40011': { type: 'soft', category: 'rate-limit' }, '40012': { type: 'hard', category: 'invalid' },
	'40014': { type: 'soft', category: 'expired' }, '40015': { type: 'soft', category: 'spam-block' }, '40310': { type: 'hard', category: 'invalid' }, '10002': { type: 'hard', category: 'invalid' },
};
const MEANT = { OPT_OUT: 'stop', OPT_IN: 'start', HELP: 'help' } as const;

interface Payload {
	id?: unknown;
	text?: unknown;
	direction?: unknown;
	autoresponse_type?: unknown;
	received_at?: unknown;
	from?: { phone_number?: unknown };
	to?: Array<{ phone_number?: unknown; status?: unknown }>;
	errors?: Array<{ code?: unknown; title?: unknown }>;
}

/** Webhooks of messages (https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks), signed with Ed25519 over time and body. */
export const telnyxCallbacks: CallbackReader<TelnyxSecrets> = {
	provider: 'telnyx',
	read: (request, secrets, nowMs) => Promise.resolve(read(request, secrets, nowMs)),
};

function read(request: CallbackRequest, secrets: TelnyxSecrets, nowMs: number): CallbackResult {
	const fault = signatureFault(request, secrets, nowMs);
	if (fault !== null) return refused(fault);
	const event = objectOf(request)?.data as { event_type?: unknown; id?: unknown; occurred_at?: unknown; payload?: Payload } | undefined;
	const payload = event?.payload;
	if (event === undefined || event === null || payload === undefined || payload === null || typeof payload.id !== 'string') return malformed('The call of Telnyx names no message (data.payload.id).');
	const [to] = listOf(payload.to) as NonNullable<Payload['to']>;
	if (event.event_type === 'message.received') {
		const meant = entryOf(MEANT, payload.autoresponse_type);
		return { kind: 'reports', reports: [inboundReport({ id: payload.id, from: String(payload.from?.phone_number ?? ''), to: String(to?.phone_number ?? ''), text: String(payload.text ?? ''), atMs: dateMs(payload.received_at), meant })] };
	}
	const told = event.event_type === 'message.finalized' ? statusReport(String(to?.status ?? ''), listOf(payload.errors).map(fieldsOf)) : null;
	if (told === null) return { kind: 'reports', reports: [] };
	return { kind: 'reports', reports: [{ ...told, message: messageIn(request), providerId: payload.id, address: typeof to?.phone_number === 'string' ? to.phone_number : null, atMs: dateMs(event.occurred_at), id: String(event.id ?? `${payload.id}:${String(to?.status)}`) }] };
}

/** null: the carrier sends no receipts (delivery_unconfirmed), or it is on the way. */
function statusReport(status: string, errors: NonNullable<Payload['errors']>): Pick<DeliveryReport, 'kind' | 'bounce' | 'reason'> | null {
	if (status === 'delivered') return { kind: 'delivered' };
	if (status !== 'delivery_failed' && status !== 'sending_failed') return null;
	const code = String(errors[0]?.code ?? '');
	const reason = code === '' ? {} : { reason: `Telnyx error ${code}` };
	if (code === '40300' && /STOP/.test(String(errors[0]?.title ?? ''))) return { kind: 'unsubscribed', ...reason };
	const bounce = entryOf(BOUNCES, code);
	if (bounce !== undefined) return { kind: 'bounced', bounce, ...reason };
	return status === 'sending_failed' ? { kind: 'failed', ...reason } : { kind: 'bounced', bounce: { type: 'soft', category: 'undelivered' }, ...reason };
}

function signatureFault({ headers, body }: CallbackRequest, { publicKey = '' }: TelnyxSecrets, nowMs: number): string | null {
	if (publicKey === '') return 'The Telnyx credential has no Public Key, so what Telnyx tells cannot be believed. Copy it from Mission Control: Account, Keys & Credentials.';
	const [signature, timestamp] = [headers['telnyx-signature-ed25519'], headers['telnyx-timestamp']];
	if (signature === undefined || timestamp === undefined) return 'The call carries no signature of Telnyx.';
	if (!(Math.abs(nowMs - Number(timestamp) * 1000) <= LONGEST_AGE_MS)) return 'The call of Telnyx is older than five minutes, or a clock is wrong.';
	try {
		const key = createPublicKey({ key: Buffer.concat([ED25519_PREFIX, Buffer.from(publicKey, 'base64')]), format: 'der', type: 'spki' });
		const signed = Buffer.concat([Buffer.from(`${timestamp}|`), body]);
		return verify(null, signed, key, Buffer.from(signature, 'base64')) ? null : 'The signature of Telnyx is wrong. Check the Public Key in the credential.';
	} catch {
		return 'The Public Key in the Telnyx credential is none. Copy it from Mission Control: Account, Keys & Credentials.';
	}
}
