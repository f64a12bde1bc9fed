import { createPrivateKey, randomUUID } from 'node:crypto';

import { basicAuth, textAt } from '../http';
import { createHttpSmsProvider, type Sorted } from './http-provider';
import type { OutgoingSms, SmsProvider, VonageConfig } from './types';

const BASE_URL = 'https://api.nexmo.com';
/** A call's own life; a token that leaks is worth nothing soon. */
const TOKEN_SECONDS = 300;

/** Error codes of the Messages API (https://developer.vonage.com/en/api-errors/messages), in `type` after the # or in `title`. */
const CODES: Readonly<Record<string, Sorted>> = {
	'1000': { kind: 'transient', what: 'Vonage takes no more messages for now' },
	'1010': { kind: 'permanent', what: 'The message is incomplete' },
	'1020': { kind: 'permanent', what: 'Vonage does not take the message as it is' },
	'1030': { kind: 'transient', what: 'Vonage failed while it took the message' },
	'1050': { kind: 'permanent', what: 'The number is barred at Vonage' },
	'1060': { kind: 'account', what: 'The Vonage account is barred' },
	'1070': { kind: 'account', what: 'The Vonage account has no credit' },
	'1080': { kind: 'account', what: 'The Vonage account may not send over this API' },
	'1100': { kind: 'transient', what: 'Vonage could not pass the message on' },
	'1120': { kind: 'permanent', what: 'The sender is not allowed in this country. Set a sender for the country' },
	'1140': { kind: 'account', what: 'The Vonage account may not do this' },
	'1160': { kind: 'permanent', what: 'The number is not among those that the Vonage account may send to' },
	'1170': { kind: 'dead', what: 'The number is no phone number' },
	'1190': { kind: 'dead', what: 'The number is no longer in use' },
	'1210': { kind: 'permanent', what: 'The carrier takes the message for spam' },
	'1240': { kind: 'optedOut', what: 'The person has answered STOP, and Vonage sends no more to them' },
	'1241': { kind: 'transient', what: 'Too many messages to this number' },
	'1300': { kind: 'dead', what: 'The number is not known to the network' },
	'1320': { kind: 'permanent', what: 'Vonage has sent this message before' },
	'1331': { kind: 'transient', what: 'The carrier does not answer' },
	'1420': { kind: 'account', what: 'The sender is not valid. Correct it in the step' },
	'1430': { kind: 'dead', what: 'The number is not valid' },
};

/**
 * Vonage Messages API v1, channels sms and mms (https://developer.vonage.com/en/api/messages). As an application (a JWT signed with its
 * private key), else with key and secret. There is no idempotency key.
 */
export function createVonageProvider(config: VonageConfig): SmsProvider {
	const { apiKey, apiSecret, applicationId, privateKey } = config;
	const authorization = async (): Promise<string> =>
		applicationId === undefined || privateKey === undefined ? basicAuth(apiKey, apiSecret) : `Bearer ${await applicationToken(applicationId, privateKey)}`;
	return createHttpSmsProvider(config, {
		name: 'vonage', service: 'Vonage', baseUrl: config.baseUrl ?? BASE_URL, secrets: [apiSecret, privateKey, config.signatureSecret],
		call: async (message) => ({ method: 'POST', path: '/v1/messages', headers: { authorization: await authorization() }, body: bodyOf(message) }),
		accepted: ({ status, body }) => (status === 202 || status === 200 ? textAt(body, 'message_uuid') : undefined),
		said: ({ body }) => textAt(body, 'detail') ?? textAt(body, 'title'),
		sort: ({ body }) => CODES[codeIn(body)],
		// Key and secret are checked by the balance; of an application only its own calls know, and Vonage has none that sends nothing.
		check: async () => {
			if (applicationId !== undefined && privateKey !== undefined) await applicationToken(applicationId, privateKey);
			return { method: 'GET', path: '/account/get-balance', headers: { authorization: basicAuth(apiKey, apiSecret) } };
		},
	});
}

async function applicationToken(applicationId: string, privateKey: string): Promise<string> {
	const { default: jwt } = await import('jsonwebtoken');
	return jwt.sign({ application_id: applicationId }, createPrivateKey(privateKey), { algorithm: 'RS256', expiresIn: TOKEN_SECONDS, jwtid: randomUUID() });
}

/** `https://developer.vonage.com/api-errors/messages#1120`, older answers `"title": "1120"`. */
function codeIn(body: unknown): string {
	const [, code] = /#(\d{4})$/.exec(textAt(body, 'type') ?? '') ?? /^(\d{4})$/.exec(textAt(body, 'title') ?? '') ?? [];
	return code ?? '';
}

function bodyOf({ id, to, from, text, mediaUrls, callbackUrl }: OutgoingSms): object {
	const about = { to: to.replace(/^\+/, ''), from: from.replace(/^\+/, ''), client_ref: id, ...(callbackUrl === undefined ? {} : { webhook_url: callbackUrl, webhook_version: 'v1' }) };
	const [media] = mediaUrls;
	if (media === undefined) return { channel: 'sms', message_type: 'text', text, ...about };
	return { channel: 'mms', message_type: 'image', image: { url: media, ...(text === '' ? {} : { caption: text }) }, ...about };
}
