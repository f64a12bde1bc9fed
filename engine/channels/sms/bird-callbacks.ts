import { dateMs, formIn, isSame, malformed, objectOf, refused, sha256Hex } from '../callbacks/reading';
import type { CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { isOfChannels, readChannels } from './bird-channels-callbacks';
import { messageIn, withPlus } from './callback-reading';
import { inboundReport } from './inbound';

export interface BirdSecrets {
	/** Developer settings: Signed requests. */
	signingKey?: string;
}

const TOLERANCE_SECONDS = 5;

/** Extended error codes that say that nobody has the number (https://docs.bird.com/api/channels-api/message-status-and-interactions/message-failure-sources). */
const DEAD = new Set(['1', '5', '9']);
const OPTED_OUT = '103';

/** Status reports (a GET, all in the query) and incoming messages (a form or JSON), signed by a JWT over address and body. */
export const birdCallbacks: CallbackReader<BirdSecrets> = { provider: 'bird', read };

async function read(request: CallbackRequest, secrets: BirdSecrets, nowMs: number): Promise<CallbackResult> {
	if (isOfChannels(request)) return readChannels(request, secrets.signingKey ?? '', nowMs, failureOf);
	const fault = await signatureFault(request, secrets, nowMs);
	if (fault !== null) return refused(fault);
	const fields = fieldsOf(request);
	const text = (name: string): string => fields[name] ?? '';
	if (text('id') === '') return malformed('The call of Bird names no message (id).');
	if (text('status') === '' && text('originator') !== '') {
		return { kind: 'reports', reports: [inboundReport({ id: text('id'), from: withPlus(text('originator')), to: withPlus(text('recipient')), text: text('body') || text('message'), atMs: dateMs(text('createdDatetime')) })] };
	}
	const told = statusReport(text('status'), text('statusErrorCode'));
	if (told === null) return { kind: 'reports', reports: [] };
	return { kind: 'reports', reports: [{ ...told, message: text('reference') || messageIn(request), providerId: text('id'), address: withPlus(text('recipient')) || null, atMs: dateMs(text('statusDatetime')), id: `${text('id')}:${text('recipient')}:${text('status')}` }] };
}

/** null: on the way (scheduled, buffered, sent). */
function statusReport(status: string, code: string): Pick<DeliveryReport, 'kind' | 'bounce' | 'reason'> | null {
	if (status === 'delivered') return { kind: 'delivered' };
	if (status !== 'delivery_failed' && status !== 'expired') return null;
	return failureOf(code, status === 'expired' ? 'expired' : 'undelivered');
}

function failureOf(code: string, otherwise = 'undelivered'): Pick<DeliveryReport, 'kind' | 'bounce' | 'reason'> {
	const reason = code === '' ? {} : { reason: `Bird error ${code}` };
	if (code === OPTED_OUT) return { kind: 'unsubscribed', ...reason };
	if (DEAD.has(code)) return { kind: 'bounced', bounce: { type: 'hard', category: 'unknown' }, ...reason };
	return { kind: 'bounced', bounce: { type: 'soft', category: otherwise }, ...reason };
}

function fieldsOf(request: CallbackRequest): Record<string, string> {
	const object = objectOf(request);
	const body = object === undefined ? Object.fromEntries(formIn(request)) : Object.fromEntries(Object.entries(object).map(([name, value]) => [name, String(value)]));
	return { ...body, ...request.query };
}

async function signatureFault({ headers, url, body }: CallbackRequest, { signingKey = '' }: BirdSecrets, nowMs: number): Promise<string | null> {
	if (signingKey === '') return 'The Bird credential has no Signing Key, so what Bird tells cannot be believed. Copy it from the developer settings.';
	const token = headers['messagebird-signature-jwt'];
	if (token === undefined) return 'The call carries no signature of Bird (MessageBird-Signature-JWT).';
	const { default: jwt } = await import('jsonwebtoken');
	try {
		const claims = jwt.verify(token, signingKey, { algorithms: ['HS256', 'HS384', 'HS512'], issuer: 'MessageBird', clockTimestamp: Math.floor(nowMs / 1000), clockTolerance: TOLERANCE_SECONDS });
		if (typeof claims === 'string' || claims.exp === undefined) return 'The signature of Bird has no end.';
		if (!isSame(String(claims.url_hash ?? ''), sha256Hex(url))) return 'The signature of Bird is for another address. Check that the public address is the one Bird calls.';
		const bodySigned = claims.payload_hash === undefined ? body.length === 0 : isSame(String(claims.payload_hash), sha256Hex(body));
		return bodySigned ? null : 'The body of the call is not the one that Bird signed.';
	} catch {
		return 'The signature of Bird is wrong or too old. Check the Signing Key in the credential.';
	}
}
