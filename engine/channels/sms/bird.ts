import { isOk, textAt } from '../http';
import { channelOf, createBirdChannelsProvider } from './bird-channels';
import { createHttpSmsProvider, type Sorted } from './http-provider';
import type { BirdConfig, OutgoingSms, SmsProvider } from './types';

const BASE_URL = 'https://rest.messagebird.com';

/** https://developers.messagebird.com/api/#api-errors */
const CODES: Readonly<Record<string, Sorted>> = {
	'2': { kind: 'account', what: 'Bird refused the access key. Check it in the credential' },
	'9': { kind: 'permanent', what: 'The message is incomplete' },
	'20': { kind: 'account', what: 'Bird does not know what was called. Check the credential' },
	'25': { kind: 'account', what: 'The Bird account has no credit' },
	'98': { kind: 'account', what: 'Bird does not know the address that was called' },
	'99': { kind: 'transient', what: 'Bird failed while it took the message' },
};

/**
 * Bird's SMS API, as MessageBird had it (https://developers.messagebird.com/api/sms-messaging/): one POST a message, by access key. There is
 * no idempotency key. With media by its MMS API (https://developers.messagebird.com/api/mms-messaging/), from a number of the United States or Canada; it takes
 * no address for reports.
 * Accounts of the current platform have a workspace and a channel: bird-channels.ts.
 */
export function createBirdProvider(config: BirdConfig): SmsProvider {
	const channel = channelOf(config);
	if (channel !== null) return createBirdChannelsProvider(config, channel);
	return createHttpSmsProvider(config, {
		name: 'bird', service: 'Bird', baseUrl: config.baseUrl ?? BASE_URL, headers: { authorization: `AccessKey ${config.accessKey}` }, secrets: [config.accessKey, config.signingKey],
		call: (message) => ({ method: 'POST', path: message.mediaUrls.length === 0 ? '/messages' : '/mms', body: bodyOf(message) }),
		accepted: (answer) => (isOk(answer) ? textAt(answer.body, 'id') : undefined),
		said: ({ body }) => textAt(body, 'errors.0.description'),
		sort: ({ body }) => {
			const [code, parameter] = [textAt(body, 'errors.0.code') ?? '', textAt(body, 'errors.0.parameter') ?? ''];
			// One code for everything that is not valid: which parameter it was says whose fault it is.
			if (code === '10' && /^recipients?$/.test(parameter)) return { kind: 'dead', what: 'The number is not valid' };
			if (code === '10' && parameter === 'originator') return { kind: 'account', what: 'The sender is not valid. Correct it in the step' };
			return CODES[code];
		},
		check: { method: 'GET', path: '/balance' },
	});
}

function bodyOf({ id, to, from, text, mediaUrls, callbackUrl }: OutgoingSms): object {
	const about = { originator: from.replace(/^\+/, ''), recipients: [to.replace(/^\+/, '')] };
	if (mediaUrls.length > 0) return { ...about, ...(text === '' ? {} : { body: text }), mediaUrls, reference: id };
	return { ...about, body: text, datacoding: 'auto', reference: id, ...(callbackUrl === undefined ? {} : { reportUrl: callbackUrl }) };
}
