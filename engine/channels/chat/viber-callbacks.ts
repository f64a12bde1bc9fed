import { createHmac } from 'node:crypto';

import { bodyText, fieldsOf, isSame, malformed, refused, textOf, type Fields } from '../callbacks/reading';
import type { CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { parseExactJson } from '../exact-json';
import { redacted } from '../redact';
import { blocked, inboundChat, started } from './inbound';

export interface ViberSecrets {
	authToken: string;
}

/** Callbacks of a bot (https://developers.viber.com/docs/api/rest-bot-api/#callbacks), signed over the body with the bot's token. */
export const viberCallbacks: CallbackReader<ViberSecrets> = {
	provider: 'viber',
	read: (request, secrets) => Promise.resolve(read(request, secrets)),
};

function read(request: CallbackRequest, { authToken }: ViberSecrets): CallbackResult {
	const expected = createHmac('sha256', authToken).update(request.body).digest('hex');
	if (authToken === '' || !isSame(request.headers['x-viber-content-signature'] ?? '', expected)) return refused('The signature of Viber (X-Viber-Content-Signature) is missing or wrong. Check the Auth Token in the credential.');
	try {
		return { kind: 'reports', reports: reportsOf(fieldsOf(parseExactJson(bodyText(request)))) };
	} catch {
		return malformed('The call of Viber is no JSON.');
	}
}

const NEWS = { delivered: 'delivered', seen: 'opened', failed: 'failed' } as const;

function reportsOf(event: Fields): DeliveryReport[] {
	const name = textOf(event.event) ?? '';
	// A number that JSON's numbers cannot hold: as text.
	const token = typeof event.message_token === 'string' || typeof event.message_token === 'number' ? String(event.message_token) : '';
	const address = textOf(event.user_id) ?? textOf(fieldsOf(event.user).id) ?? textOf(fieldsOf(event.sender).id);
	const atMs = typeof event.timestamp === 'number' ? event.timestamp : null;
	if (address === null || token === '') return [];
	const about = { id: `${token}:${name}`, address, atMs };
	switch (name) {
		case 'delivered':
		case 'seen':
		case 'failed': {
			const said = textOf(event.desc);
			return [{ kind: NEWS[name], message: null, providerId: token, address, atMs, id: about.id, ...(said === null ? {} : { reason: redacted(said, [address], []) }) }];
		}
		case 'unsubscribed':
			return [blocked({ ...about, category: 'unsubscribed' })];
		case 'subscribed':
			return [started({ ...about, payload: null })];
		case 'conversation_started': {
			// Opening a chat is no subscription (https://creators.viber.com/docs/bots-api/events/conversation-started): whoever had unsubscribed stays so until Viber tells of
			// one, or they write. What the link carried is told only here.
			const context = textOf(event.context);
			return context === null ? [] : [started({ ...about, payload: context, blockStands: true })];
		}
		case 'message':
			return inboundOf(event, about);
		default:
			return [];
	}
}

function inboundOf(event: Fields, about: { id: string; address: string; atMs: number | null }): DeliveryReport[] {
	const message = fieldsOf(event.message);
	return message.type === 'text' ? inboundChat({ ...about, text: textOf(message.text) ?? '', message: textOf(message.tracking_data) }) : [];
}
