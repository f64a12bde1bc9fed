import { createHmac } from 'node:crypto';

import { fieldsOf, isSame, jsonOf, listOf, malformed, refused, secondsMs, textOf, type Fields } from '../callbacks/reading';
import type { CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { alsoAt, whatsAppInbound } from './inbound';
import { metaCode } from './meta-codes';

export interface MetaSecrets {
	/** Signs each call. */
	appSecret: string;
	/** What Meta is told to show when it asks whether the address is ours. */
	verifyToken: string;
}

const UNDELIVERABLE = 131026;

/**
 * Statuses, what people send and what they choose in WhatsApp
 * (https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages). Each call is signed over its bytes with the app's secret; before the first
 * one Meta asks by GET whether the address is ours (https://developers.facebook.com/documentation/graph-api/webhooks/getting-started).
 */
export const metaCallbacks: CallbackReader<MetaSecrets> = {
	provider: 'meta',
	read: (request, secrets) => Promise.resolve(request.method === 'POST' ? read(request, secrets) : challenge(request, secrets)),
};

function challenge({ query }: CallbackRequest, { verifyToken }: MetaSecrets): CallbackResult {
	if (query['hub.mode'] !== 'subscribe') return { kind: 'reports', reports: [] };
	if (verifyToken === '' || !isSame(query['hub.verify_token'] ?? '', verifyToken)) return refused('The verify token that Meta shows is not the one in the credential.');
	return { kind: 'answer', status: 200, body: query['hub.challenge'] ?? '', contentType: 'text/plain; charset=utf-8' };
}

function read(request: CallbackRequest, { appSecret }: MetaSecrets): CallbackResult {
	const expected = `sha256=${createHmac('sha256', appSecret).update(request.body).digest('hex')}`;
	if (appSecret === '' || !isSame(request.headers['x-hub-signature-256'] ?? '', expected)) return refused('The signature of Meta (X-Hub-Signature-256) is missing or wrong. Check the App Secret in the credential.');
	const body = fieldsOf(jsonOf(request));
	if (textOf(body.object) === null) return malformed('The call of Meta has no object.');
	const changes = listOf(body.entry).flatMap((entry) => listOf(fieldsOf(entry).changes)).map(fieldsOf);
	return { kind: 'reports', reports: changes.flatMap(reportsOf) };
}

function reportsOf(change: Fields): DeliveryReport[] {
	const value = fieldsOf(change.value);
	if (change.field === 'user_preferences') return listOf(value.user_preferences).map(fieldsOf).flatMap(preferenceReports);
	if (change.field !== 'messages') return [];
	return [...listOf(value.statuses).map(fieldsOf).flatMap(statusReports), ...listOf(value.messages).map(fieldsOf).flatMap((message) => messageReports(message, fieldsOf(value.metadata)))];
}

/** `sent` says only that it is on its way. */
function statusReports(status: Fields): DeliveryReport[] {
	const [providerId, happened] = [textOf(status.id), textOf(status.status)];
	if (providerId === null || happened === null) return [];
	const about = { message: textOf(status.biz_opaque_callback_data), providerId, address: textOf(status.recipient_id), ...alsoAt(textOf(status.recipient_id)), atMs: secondsMs(status.timestamp) };
	const report = (kind: DeliveryReport['kind'], more: Partial<DeliveryReport> = {}): DeliveryReport => ({ kind, ...about, id: `${providerId}:${kind}`, ...more });
	if (happened === 'delivered') return [report('delivered')];
	// Who turned read receipts off is never said to have read anything.
	if (happened === 'read' || happened === 'played') return [report('opened')];
	if (happened !== 'failed') return [];
	const code = Number(fieldsOf(listOf(status.errors)[0]).code);
	const known = metaCode(code);
	const reason = `WhatsApp error ${Number.isFinite(code) ? code : 'without a code'}${known === undefined ? '' : `: ${known.what}`}`;
	if (code === UNDELIVERABLE) return [report('bounced', { bounce: { type: 'soft', category: 'undeliverable' }, reason })];
	return [...(known?.kind === 'optedOut' ? [report('unsubscribed', { reason })] : []), report('failed', { reason })];
}

function messageReports(message: Fields, { phone_number_id: phoneNumberId, display_phone_number: shown }: Fields): DeliveryReport[] {
	const [id, from, type] = [textOf(message.id), textOf(message.from), textOf(message.type)];
	// system: a person's number changed; nobody wrote.
	if (id === null || type === null || type === 'system' || type === 'request_welcome') return [];
	const said = saidIn(type, message);
	if (said === null) return [];
	const answers = textOf(fieldsOf(type === 'reaction' ? message.reaction : message.context)[type === 'reaction' ? 'message_id' : 'id']);
	// Who hides their number behind a user name is known by what they answer.
	if (from === null && answers === null) return [];
	return [whatsAppInbound({ id, from: from ?? '', to: textOf(shown), atMs: secondsMs(message.timestamp), type, senders: [phoneNumberId, shown].flatMap((name) => textOf(name) ?? []), ...(answers === null ? {} : { answers }), ...said })];
}

/** null: nothing is said, such as a reaction that is taken back. */
function saidIn(type: string, message: Fields): { text: string; payload?: string } | null {
	const part = fieldsOf(message[type]);
	switch (type) {
		case 'reaction': {
			const emoji = textOf(part.emoji);
			return emoji === null ? null : { text: emoji };
		}
		case 'button':
			return { text: textOf(part.text) ?? '', payload: textOf(part.payload) ?? '' };
		case 'interactive': {
			const chosen = fieldsOf(part[textOf(part.type) ?? '']);
			return { text: textOf(chosen.title) ?? textOf(chosen.body) ?? '', payload: textOf(chosen.id) ?? textOf(chosen.response_json) ?? '' };
		}
		default:
			return { text: textOf(part.body) ?? textOf(part.caption) ?? '' };
	}
}

/** Of marketing messages, which is what consent to the channel is asked for. */
function preferenceReports(preference: Fields): DeliveryReport[] {
	const [address, value, atMs] = [textOf(preference.wa_id), textOf(preference.value), secondsMs(preference.timestamp)];
	if (address === null || preference.category !== 'marketing_messages' || (value !== 'stop' && value !== 'resume')) return [];
	return [{ kind: value === 'stop' ? 'unsubscribed' : 'resubscribed', message: null, providerId: null, address, ...alsoAt(address), atMs, id: `preference:${address}:${value}:${atMs ?? ''}` }];
}
