import { dateMs, entryOf, fieldsOf, isSame, malformed, objectOf, refused, sha256Hex, textOf, type Fields } from '../callbacks/reading';
import type { Bounce, CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { messageIn, withPlus } from './callback-reading';
import { inboundReport } from './inbound';

export interface VonageSecrets {
	/** Of the account: Settings, API signature. */
	signatureSecret?: string;
	apiKey: string;
}

/** A signature lasts five minutes and Vonage's clock may differ from ours. */
const TOLERANCE_SECONDS = 30;
const LONGEST_AGE_SECONDS = 300;

/** https://developer.vonage.com/en/api-errors/messages */
const BOUNCES: Readonly<Record<string, Bounce>> = {
	'1050': { type: 'soft', category: 'barred' }, '1170': { type: 'hard', category: 'invalid' }, '1180': { type: 'soft', category: 'absent' },
	'1190': { type: 'hard', category: 'unknown' }, '1200': { type: 'soft', category: 'portability' }, '1210': { type: 'soft', category: 'spam-block' },
	'1220': { type: 'soft', category: 'busy' }, '1230': { type: 'soft', category: 'network' }, '1250': { type: 'soft', category: 'unroutable' },
	'1260': { type: 'soft', category: 'unreachable' }, '1270': { type: 'soft', category: 'age-restriction' }, '1280': { type: 'soft', category: 'blocked' },
	'1290': { type: 'soft', category: 'no-credit' }, '1300': { type: 'hard', category: 'unknown' }, '1310': { type: 'soft', category: 'device' },
	'1330': { type: 'soft', category: 'unknown-error' }, '1430': { type: 'hard', category: 'invalid' },
};
const OPTED_OUT = '1240';

/**
 * Message status and inbound message (https://developer.vonage.com/en/api/messages#webhooks), signed by a JWT in the Authorization header
 * whose payload_hash is over the body (https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks).
 */
export const vonageCallbacks: CallbackReader<VonageSecrets> = { provider: 'vonage', read };

/** Beside what an MMS brings (https://developer.vonage.com/en/messages/concepts/mms). */
function captionIn(body: Fields): string {
	const captions = ['image', 'video', 'audio', 'file', 'vcard'].map((kind) => textOf(fieldsOf(body[kind]).caption));
	return captions.find((caption) => caption !== null) ?? '';
}

async function read(request: CallbackRequest, secrets: VonageSecrets, nowMs: number): Promise<CallbackResult> {
	const fault = await signatureFault(request, secrets, nowMs);
	if (fault !== null) return refused(fault);
	const body = objectOf(request);
	const uuid = body?.message_uuid;
	if (body === undefined || typeof uuid !== 'string') return malformed('The call of Vonage names no message (message_uuid).');
	const text = (name: string): string => (typeof body[name] === 'string' ? body[name] : '');
	if (typeof body.status !== 'string') {
		return { kind: 'reports', reports: [inboundReport({ id: uuid, from: withPlus(text('from')), to: withPlus(text('to')), text: text('text') || captionIn(body), atMs: dateMs(body.timestamp) })] };
	}
	const told = statusReport(body.status, codeIn(body.error));
	if (told === null) return { kind: 'reports', reports: [] };
	return { kind: 'reports', reports: [{ ...told, message: text('client_ref') || messageIn(request), providerId: uuid, address: withPlus(text('to')) || null, atMs: dateMs(body.timestamp), id: `${uuid}:${body.status}` }] };
}

/** null: on the way (submitted), or a state of other channels. */
function statusReport(status: string, code: string): Pick<DeliveryReport, 'kind' | 'bounce' | 'reason'> | null {
	if (status === 'delivered' || status === 'read') return { kind: 'delivered' };
	if (status !== 'rejected' && status !== 'undeliverable') return null;
	const reason = code === '' ? {} : { reason: `Vonage error ${code}` };
	if (code === OPTED_OUT) return { kind: 'unsubscribed', ...reason };
	const bounce = entryOf(BOUNCES, code);
	if (bounce !== undefined) return { kind: 'bounced', bounce, ...reason };
	return status === 'rejected' ? { kind: 'failed', ...reason } : { kind: 'bounced', bounce: { type: 'soft', category: 'undelivered' }, ...reason };
}

function codeIn(error: unknown): string {
	const { type, title } = (error ?? {}) as { type?: unknown; title?: unknown };
	const [, code] = /#(\d{4})$/.exec(String(type ?? '')) ?? /^(\d{4})$/.exec(String(title ?? '')) ?? [];
	return code ?? '';
}

async function signatureFault(request: CallbackRequest, { signatureSecret, apiKey }: VonageSecrets, nowMs: number): Promise<string | null> {
	if (signatureSecret === undefined || signatureSecret === '') return 'The Vonage credential has no Signature Secret, so what Vonage tells cannot be believed. Copy it from Vonage: Settings, API settings.';
	const [, token] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
	if (token === undefined) return 'The call carries no signature of Vonage (Authorization). Switch signed webhooks on in Vonage.';
	const { default: jwt } = await import('jsonwebtoken');
	try {
		const claims = jwt.verify(token, signatureSecret, { algorithms: ['HS256'], clockTimestamp: Math.floor(nowMs / 1000), clockTolerance: TOLERANCE_SECONDS, maxAge: LONGEST_AGE_SECONDS });
		if (typeof claims === 'string' || claims.iss !== 'Vonage') return 'The signature is not one of Vonage.';
		if (claims.api_key !== apiKey) return 'The call is signed for another Vonage account.';
		if (typeof claims.payload_hash !== 'string' || !isSame(claims.payload_hash, sha256Hex(request.body))) return 'The body of the call is not the one that Vonage signed.';
		return null;
	} catch {
		return 'The signature of Vonage is wrong or too old. Check the Signature Secret in the credential.';
	}
}
