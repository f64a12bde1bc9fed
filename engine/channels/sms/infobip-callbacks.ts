import { bearsKey } from '../callbacks/keyed';
import { dateMs, fieldsOf, listOf, malformed, objectOf, refused, textOf } from '../callbacks/reading';
import type { CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { messageIn, withPlus } from './callback-reading';
import { inboundReport } from './inbound';
import type { KeySecrets } from './sinch-callbacks';

/** Errors that say that the number is nobody's (https://www.infobip.com/docs/developer-resources/api-fundamentals/error-code-reference). */
const DEAD = new Set(['EC_UNKNOWN_SUBSCRIBER', 'EC_ILLEGAL_SUBSCRIBER', 'EC_UNIDENTIFIED_SUBSCRIBER', 'EC_INVALID_DESTINATION_ADDRESS', 'EC_DEST_ADDRESS_INVALID']);
const DEAD_STATUSES = new Set(['REJECTED_INVALID_DESTINATION', 'REJECTED_PREFIX_MISSING']);

interface Result {
	messageId?: unknown;
	to?: unknown;
	from?: unknown;
	text?: unknown;
	/** Of an MMS that came in: its parts. */
	message?: unknown;
	receivedAt?: unknown;
	doneAt?: unknown;
	callbackData?: unknown;
	status?: { groupName?: unknown; name?: unknown };
	error?: { name?: unknown; permanent?: unknown };
}

/** Delivery reports and incoming messages, up to a hundred in one call. Not signed: the address carries a key. */
export const infobipCallbacks: CallbackReader<KeySecrets> = {
	provider: 'infobip',
	read: (request, secrets) => Promise.resolve(read(request, secrets)),
};

function read(request: CallbackRequest, { callbackKey }: KeySecrets): CallbackResult {
	if (!bearsKey(request, callbackKey ?? '')) return refused('The call carries no key, or a wrong one. The callback address in Infobip ends in ?key= and the Callback Key of the credential.');
	const results = objectOf(request)?.results;
	if (!Array.isArray(results)) return malformed('The call of Infobip holds no results.');
	return { kind: 'reports', reports: (results as Result[]).flatMap((result) => reportOf(request, result)) };
}

function reportOf(request: CallbackRequest, result: Result): DeliveryReport[] {
	if (typeof result?.messageId !== 'string' || result.status === null) return [];
	const to = withPlus(String(result.to ?? ''));
	if (result.status === undefined) return [inboundReport({ id: result.messageId, from: withPlus(String(result.from ?? '')), to, text: String(result.text ?? textIn(result.message)), atMs: dateMs(result.receivedAt) })];
	const told = statusReport(String(result.status.groupName ?? ''), String(result.status.name ?? ''), String(result.error?.name ?? ''));
	if (told === null) return [];
	const ours = typeof result.callbackData === 'string' && result.callbackData !== '' ? result.callbackData : messageIn(request);
	return [{ ...told, message: ours, providerId: result.messageId, address: to || null, atMs: dateMs(result.doneAt), id: `${result.messageId}:${String(result.status.name)}` }];
}

/** Of an MMS (https://www.infobip.com/docs/api/channels/mms/receive-inbound-mms-messages): a line for each part that is text. */
function textIn(parts: unknown): string {
	return listOf(parts).map(fieldsOf).flatMap(({ contentType, value }) => (String(contentType).startsWith('text/plain') ? (textOf(value) ?? []) : [])).join('\n');
}

/** null: on the way (PENDING). */
function statusReport(group: string, status: string, error: string): Pick<DeliveryReport, 'kind' | 'bounce' | 'reason'> | null {
	if (group === 'DELIVERED') return { kind: 'delivered' };
	if (group !== 'UNDELIVERABLE' && group !== 'EXPIRED' && group !== 'REJECTED') return null;
	const reason = { reason: `Infobip ${error === '' || error === 'NO_ERROR' ? status : error}` };
	if (/OPT_?OUT|UNSUBSCRIBED/.test(`${status} ${error}`)) return { kind: 'unsubscribed', ...reason };
	if (DEAD.has(error) || DEAD_STATUSES.has(status)) return { kind: 'bounced', bounce: { type: 'hard', category: 'unknown' }, ...reason };
	if (group === 'REJECTED') return { kind: 'failed', ...reason };
	return { kind: 'bounced', bounce: { type: 'soft', category: group === 'EXPIRED' ? 'expired' : 'undelivered' }, ...reason };
}
