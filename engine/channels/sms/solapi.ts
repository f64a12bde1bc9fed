import { createRequire } from 'node:module';

import { systemClock, type Clock } from '../../kernel';
import { isOk, textAt } from '../http';
import { createHttpSmsProvider, type Sorted } from './http-provider';
import { SOLAPI_CODES } from './solapi-codes';
import { forgetSolapiFile } from './solapi-files';
import { signedHeaders, SOLAPI_URL } from './solapi-signature';
import type { OutgoingSms, SmsProvider, SolapiConfig } from './types';

const ACCEPTED = '2000';
/** The picture's file is not there (any more). */
const NO_FILE = new Set(['1023', '1034']);
const FILE_GONE: Sorted = { kind: 'transient', what: 'Solapi does not find the picture any more. It is uploaded again' };

/**
 * Solapi messages v4: one message a call, with each call signed (HMAC-SHA256 over date and salt;
 * https://developers.solapi.com/references/authentication/api-key). Long texts become LMS by themselves, and a picture that was uploaded before makes an MMS.
 * There is no idempotency key.
 */
export function createSolapiProvider(config: SolapiConfig, clock: Clock = systemClock): SmsProvider {
	const provider = createHttpSmsProvider(config, {
		name: 'solapi', service: 'Solapi', baseUrl: config.baseUrl ?? SOLAPI_URL, secrets: [config.apiSecret, config.callbackKey],
		call: (message) => ({ method: 'POST', path: '/messages/v4/send', headers: signedHeaders(config, clock), body: { message: messageOf(message) } }),
		accepted: (answer) => (isOk(answer) && textAt(answer.body, 'statusCode') === ACCEPTED ? textAt(answer.body, 'messageId') : undefined),
		said: ({ body }) => textAt(body, 'errorMessage') ?? textAt(body, 'statusMessage'),
		sort: ({ body }, { mediaId }) => {
			const code = textAt(body, 'statusCode') ?? textAt(body, 'errorCode') ?? '';
			if (mediaId === undefined || !NO_FILE.has(code)) return SOLAPI_CODES[code];
			forgetSolapiFile(config, mediaId);
			return FILE_GONE;
		},
		check: () => ({ method: 'GET', path: '/cash/v1/balance', headers: signedHeaders(config, clock) }),
	});
	return {
		...provider,
		send: async (message) => {
			// Never as a text without its picture.
			if (message.mediaUrls.length > 0 && message.mediaId === undefined) return { kind: 'permanent', reason: 'The picture of this message was not uploaded to Solapi, so it was not sent.' };
			return await provider.send(message);
		},
	};
}

function messageOf({ id, to, from, text, mediaId }: OutgoingSms): object {
	const content = mediaId === undefined ? { text } : { type: 'MMS', imageId: mediaId, ...(text === '' ? {} : { text }) };
	return { ...recipientOf(to), from: senderOf(from), ...content, customFields: { message: id } };
}

/** Numbers as people in the country write them, with the country's code beside them. */
export function recipientOf(to: string): { to: string; country: string } {
	const parsed = phones().parsePhoneNumberFromString(to);
	return { to: parsed === undefined ? digits(to) : digits(parsed.countryCallingCode === '82' ? parsed.formatNational() : parsed.nationalNumber), country: parsed?.countryCallingCode ?? '82' };
}

export function senderOf(from: string): string {
	const sender = phones().parsePhoneNumberFromString(from);
	return sender?.countryCallingCode === '82' ? digits(sender.formatNational()) : digits(from);
}

const digits = (number: string): string => number.replace(/\D/g, '');

function phones(): typeof import('libphonenumber-js') {
	return createRequire(__filename)('libphonenumber-js') as typeof import('libphonenumber-js');
}
