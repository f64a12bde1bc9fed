import { createHmac } from 'node:crypto';

import { fieldsOf, isSame, jsonOf, listOf, malformed, refused, textOf, type Fields } from '../callbacks/reading';
import type { CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { blocked, inboundChat, started } from './inbound';

export interface LineSecrets {
	channelSecret: string;
}

/**
 * Webhook events (https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects), signed over the body with the channel's secret. LINE tells nothing of
 * delivery: a push to somebody who has blocked the account is taken, and goes nowhere.
 */
export const lineCallbacks: CallbackReader<LineSecrets> = {
	provider: 'line',
	read: (request, secrets) => Promise.resolve(read(request, secrets)),
};

function read(request: CallbackRequest, { channelSecret }: LineSecrets): CallbackResult {
	const expected = createHmac('sha256', channelSecret).update(request.body).digest('base64');
	if (channelSecret === '' || !isSame(request.headers['x-line-signature'] ?? '', expected)) return refused('The signature of LINE (X-Line-Signature) is missing or wrong. Check the Channel Secret in the credential.');
	const body = jsonOf(request);
	if (body === undefined) return malformed('The call of LINE is no JSON.');
	return { kind: 'reports', reports: listOf(fieldsOf(body).events).flatMap((event) => reportsOf(fieldsOf(event))) };
}

function reportsOf(event: Fields): DeliveryReport[] {
	const source = fieldsOf(event.source);
	const address = source.type === 'user' ? textOf(source.userId) : null;
	const id = textOf(event.webhookEventId);
	if (address === null || id === null) return [];
	const about = { id, address, atMs: typeof event.timestamp === 'number' ? event.timestamp : null };
	switch (event.type) {
		case 'follow':
			return [started({ ...about, payload: null })];
		case 'unfollow':
			return [blocked({ ...about, category: 'unfollowed' })];
		case 'message': {
			const message = fieldsOf(event.message);
			return message.type === 'text' ? inboundChat({ ...about, text: textOf(message.text) ?? '', providerId: textOf(message.quotedMessageId) }) : [];
		}
		default:
			return [];
	}
}
