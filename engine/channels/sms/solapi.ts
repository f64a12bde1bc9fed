import { createHmac, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';

import { systemClock, type Clock } from '../../kernel';
import { isOk, textAt } from '../http';
import { createHttpSmsProvider, type Sorted } from './http-provider';
import type { OutgoingSms, SmsProvider, SolapiConfig } from './types';

export const SOLAPI_URL = 'https://api.solapi.com';
const ACCEPTED = '2000';

/** Status codes of a refused message and names of refused calls (https://developers.solapi.com/references/message-status-codes). */
export const SOLAPI_CODES: Readonly<Record<string, Sorted>> = {
	'1010': { kind: 'permanent', what: 'The message is incomplete' },
	'1020': { kind: 'account', what: 'Solapi refused the key. Check it in the credential' },
	'1024': { kind: 'transient', what: 'Solapi failed while it took the message' },
	'1026': { kind: 'permanent', what: 'Solapi takes the message for a repeat' },
	'1030': { kind: 'account', what: 'The Solapi account has no credit' },
	'1058': { kind: 'permanent', what: 'Solapi has no way to this number' },
	'1060': { kind: 'permanent', what: 'The number is blocked at Solapi' },
	'1061': { kind: 'optedOut', what: 'The person has opted out of messages from this sender (080)' },
	'1062': { kind: 'account', what: 'The sender is not registered with Solapi. Register it, or choose another one in the step' },
	'1064': { kind: 'account', what: 'The sender is blocked after a report to KISA' },
	NotEnoughBalance: { kind: 'account', what: 'The Solapi account has no credit' },
	InvalidAPIKey: { kind: 'account', what: 'Solapi refused the key. Check it in the credential' },
	SignatureDoesNotMatch: { kind: 'account', what: 'Solapi refused the signature. Check the secret in the credential' },
	RequestTimeTooSkewed: { kind: 'account', what: 'The clock of this machine is wrong, so Solapi refuses its calls' },
	DuplicatedSignature: { kind: 'transient', what: 'Solapi has seen this signature before' },
	UnregisteredSenderNumber: { kind: 'account', what: 'The sender is not registered with Solapi. Register it, or choose another one in the step' },
};

/**
 * Solapi messages v4: one message a call, with each call signed (HMAC-SHA256 over date and salt;
 * https://developers.solapi.com/references/authentication/api-key). Long texts become LMS by themselves. There is no idempotency key.
 */
export function createSolapiProvider(config: SolapiConfig, clock: Clock = systemClock): SmsProvider {
	return createHttpSmsProvider(config, {
		name: 'solapi', service: 'Solapi', baseUrl: config.baseUrl ?? SOLAPI_URL, secrets: [config.apiSecret, config.callbackKey],
		call: (message) => ({ method: 'POST', path: '/messages/v4/send', headers: signedHeaders(config, clock), body: { message: messageOf(message) } }),
		accepted: (answer) => (isOk(answer) && textAt(answer.body, 'statusCode') === ACCEPTED ? textAt(answer.body, 'messageId') : undefined),
		said: ({ body }) => textAt(body, 'errorMessage') ?? textAt(body, 'statusMessage'),
		sort: ({ body }) => SOLAPI_CODES[textAt(body, 'statusCode') ?? textAt(body, 'errorCode') ?? ''],
		check: () => ({ method: 'GET', path: '/cash/v1/balance', headers: signedHeaders(config, clock) }),
	});
}

/** Each call has its own signature, over date and salt. */
export function signedHeaders({ apiKey, apiSecret }: Pick<SolapiConfig, 'apiKey' | 'apiSecret'>, clock: Clock): Record<string, string> {
	const date = new Date(clock.nowMs()).toISOString();
	const salt = randomBytes(16).toString('hex');
	const signature = createHmac('sha256', apiSecret).update(date + salt).digest('hex');
	return { authorization: `HMAC-SHA256 apiKey=${apiKey}, date=${date}, salt=${salt}, signature=${signature}` };
}

function messageOf({ id, to, from, text }: OutgoingSms): object {
	return { ...recipientOf(to), from: senderOf(from), text, customFields: { message: id } };
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
