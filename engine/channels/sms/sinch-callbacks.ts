import { bearsKey } from '../callbacks/keyed';
import { dateMs, entryOf, fieldsOf, listOf, malformed, objectOf, refused, textOf } from '../callbacks/reading';
import type { Bounce, CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { messageIn, withPlus } from './callback-reading';
import { inboundReport } from './inbound';

export interface KeySecrets {
	/** The `key` in the address of callbacks. */
	callbackKey?: string;
}

/** Codes of delivery reports (https://developers.sinch.com/docs/sms/api-reference/sms/tag/Delivery-reports). */
const BOUNCES: Readonly<Record<string, Bounce>> = {
	'402': { type: 'soft', category: 'unroutable' }, '404': { type: 'soft', category: 'temporary' }, '406': { type: 'soft', category: 'expired' },
	'408': { type: 'soft', category: 'rejected' }, '413': { type: 'soft', category: 'blocked' }, '417': { type: 'soft', category: 'no-receipt' },
};

const CLASSES: Readonly<Record<string, Pick<DeliveryReport, 'kind' | 'bounce'>>> = {
	Delivered: { kind: 'delivered' },
	// The network no longer knows the number, or the subscriber has left.
	Deleted: { kind: 'bounced', bounce: { type: 'hard', category: 'deleted' } },
	Failed: { kind: 'bounced', bounce: { type: 'soft', category: 'failed' } },
	Expired: { kind: 'bounced', bounce: { type: 'soft', category: 'expired' } },
	Rejected: { kind: 'bounced', bounce: { type: 'soft', category: 'rejected' } },
	Aborted: { kind: 'failed' },
	Cancelled: { kind: 'failed' },
};

/** Delivery reports, which we ask for per recipient, and incoming messages. Not signed: the address carries a key. */
export const sinchCallbacks: CallbackReader<KeySecrets> = {
	provider: 'sinch',
	read: (request, secrets) => Promise.resolve(read(request, secrets)),
};

function read(request: CallbackRequest, { callbackKey }: KeySecrets): CallbackResult {
	if (!bearsKey(request, callbackKey ?? '')) return refused('The call carries no key, or a wrong one. The callback address in Sinch ends in ?key= and the Callback Key of the credential.');
	const body = objectOf(request);
	if (body === undefined) return malformed('The call of Sinch is no JSON object.');
	const text = (name: string): string => (typeof body[name] === 'string' || typeof body[name] === 'number' ? String(body[name]) : '');
	if (/^mo_/.test(text('type'))) {
		// Of an MMS (mo_media) the body is an object (https://developers.sinch.com/sdk/sinch-sdk-node/1.5.0/interfaces/Sms.MmsMoBody.html).
		if (text('id') === '') return malformed('The message from Sinch has no id.');
		return { kind: 'reports', reports: [inboundReport({ id: text('id'), from: withPlus(text('from')), to: withPlus(text('to')), text: text('body') || (textOf(fieldsOf(body.body).message) ?? ''), atMs: dateMs(body.received_at) })] };
	}
	if (!/^(recipient_)?delivery_report/.test(text('type')) || text('batch_id') === '') return malformed('The call of Sinch is no delivery report.');
	const batch = { message: text('client_reference') || messageIn(request), providerId: text('batch_id') };
	if (text('type').startsWith('recipient_')) return { kind: 'reports', reports: reportsOf(batch, text('recipient'), text('status'), text('code'), dateMs(body.operator_status_at) ?? dateMs(body.at)) };
	// Of what others send with the same plan: a whole batch at once, with its recipients when it was asked for in full.
	return {
		kind: 'reports',
		reports: listOf(body.statuses).map(fieldsOf).flatMap(({ status, code, recipients }) => listOf(recipients).flatMap((recipient) => reportsOf(batch, String(recipient), String(status), String(code ?? ''), null))),
	};
}

function reportsOf(batch: Pick<DeliveryReport, 'message' | 'providerId'>, recipient: string, status: string, code: string, atMs: number | null): DeliveryReport[] {
	const told = entryOf(CLASSES, status);
	if (told === undefined) return [];
	const bounce = told.kind === 'bounced' && told.bounce?.type === 'soft' ? (entryOf(BOUNCES, code) ?? told.bounce) : told.bounce;
	return [{
		kind: told.kind, ...(bounce === undefined ? {} : { bounce }), ...(told.kind === 'delivered' || code === '' ? {} : { reason: `Sinch code ${code}` }),
		...batch, address: withPlus(recipient) || null, atMs, id: `${batch.providerId}:${recipient}:${status}`,
	}];
}
