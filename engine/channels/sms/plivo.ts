import { basicAuth, isOk, textAt } from '../http';
import { createHttpSmsProvider, type Sorted } from './http-provider';
import type { OutgoingSms, PlivoConfig, SmsProvider } from './types';

const BASE_URL = 'https://api.plivo.com';
/** A pool of senders is named by a UUID. */
const POWERPACK = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Plivo answers a refusal in words (https://www.plivo.com/docs/messaging/api/message/send-a-message); codes come with callbacks only. */
const WORDS: ReadonlyArray<[RegExp, Sorted]> = [
	// First: a number that is wrong as the sender is no word about the person's.
	[/\b(src|source|from|sender|originator)\b.*(not (a )?|in)valid|(not (a )?|in)valid.*\b(src|source|from|sender|originator)\b|from number/i, { kind: 'account', what: 'The sender is not valid. Correct it in the step' }],
	[/dst.*(not (a )?|in)valid|(not (a )?|in)valid.*(dst|destination)|invalid number/i, { kind: 'dead', what: 'The number is not valid' }],
	[/geo[ -]?permission|not enabled for/i, { kind: 'permanent', what: 'The Plivo account may not send to this country. Allow it in Plivo under Messaging, Geo Permissions' }],
	[/insufficient|credit|balance/i, { kind: 'account', what: 'The Plivo account has no credit' }],
	[/opted?[ -]?out|blocked by stop|unsubscribed/i, { kind: 'optedOut', what: 'The person has answered STOP, and Plivo sends no more to them' }],
];

/** Plivo Message API v1: one POST a message. There is no idempotency key. */
export function createPlivoProvider(config: PlivoConfig): SmsProvider {
	const account = `/v1/Account/${encodeURIComponent(config.authId)}`;
	return createHttpSmsProvider(config, {
		name: 'plivo', service: 'Plivo', baseUrl: config.baseUrl ?? BASE_URL, headers: { authorization: basicAuth(config.authId, config.authToken) }, secrets: [config.authToken],
		call: (message) => ({ method: 'POST', path: `${account}/Message/`, body: bodyOf(message) }),
		accepted: (answer) => (isOk(answer) ? textAt(answer.body, 'message_uuid.0') : undefined),
		said: ({ body }) => textAt(body, 'error'),
		sort: ({ status, body }) => {
			const said = textAt(body, 'error') ?? '';
			return status >= 400 && status < 500 && status !== 401 && status !== 429 ? WORDS.find(([pattern]) => pattern.test(said))?.[1] : undefined;
		},
		check: { method: 'GET', path: `${account}/` },
	});
}

function bodyOf({ to, from, text, mediaUrls, callbackUrl }: OutgoingSms): object {
	return {
		dst: to.replace(/^\+/, ''), ...(POWERPACK.test(from) ? { powerpack_uuid: from } : { src: from.replace(/^\+/, '') }), text, type: mediaUrls.length === 0 ? 'sms' : 'mms',
		...(mediaUrls.length === 0 ? {} : { media_urls: mediaUrls }), ...(callbackUrl === undefined ? {} : { url: callbackUrl, method: 'POST' }),
	};
}
