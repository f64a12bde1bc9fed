import { basicAuth, isOk, textAt, type HttpAnswer } from '../http';
import { createHttpSmsProvider, type Sorted } from './http-provider';
import type { OutgoingSms, SmsProvider, TwilioConfig } from './types';

const BASE_URL = 'https://api.twilio.com';
const MESSAGING_SERVICE = /^MG[0-9a-f]{32}$/i;

/**
 * Codes of a refused send (https://www.twilio.com/docs/api/errors). Twilio splits them up now and then; what is not here
 * is sorted by the status.
 */
export const TWILIO_CODES: Readonly<Record<string, Sorted>> = {
	'20003': { kind: 'account', what: 'Twilio refused the login. Check Account SID and token in the credential' },
	'20404': { kind: 'account', what: 'Twilio does not know the account. Check the Account SID in the credential' },
	'20429': { kind: 'transient', what: 'Twilio takes no more calls for now' },
	'21211': { kind: 'dead', what: 'The number is no phone number' },
	'21214': { kind: 'dead', what: 'The number cannot be reached' },
	'21217': { kind: 'dead', what: 'The number is no phone number' },
	'21265': { kind: 'dead', what: 'The number is a short code, which takes no messages' },
	'21408': { kind: 'permanent', what: 'The Twilio account may not send to this country. Allow it in Twilio under Messaging, Geo Permissions' },
	'21212': { kind: 'account', what: 'The sender is no number or name that Twilio knows. Correct it in the step' },
	'21601': { kind: 'account', what: 'The sender cannot send messages. Choose another one in the step' },
	'21602': { kind: 'permanent', what: 'The message has no text' },
	'21603': { kind: 'account', what: 'The message has no sender. Fill it in in the step' },
	'21604': { kind: 'permanent', what: 'The message has no recipient' },
	'21606': { kind: 'account', what: 'The sender is no number of this Twilio account that can send messages. Choose another one in the step' },
	'21608': { kind: 'permanent', what: 'A trial account of Twilio sends only to verified numbers' },
	'21610': { kind: 'optedOut', what: 'The person has answered STOP to this sender, and Twilio sends no more to them' },
	'21611': { kind: 'transient', what: 'The queue of this sender at Twilio is full' },
	'21612': { kind: 'permanent', what: 'Twilio has no way from this sender to this number. Set a sender for the country' },
	'21614': { kind: 'dead', what: 'The number is no mobile number' },
	'21617': { kind: 'permanent', what: 'The text is longer than 1,600 characters' },
	'21620': { kind: 'permanent', what: 'A media address cannot be used' },
	'21659': { kind: 'account', what: 'The sender is no number of this Twilio account. Choose another one in the step' },
	'21660': { kind: 'account', what: 'The sender belongs to another account. Choose another one in the step' },
	'21703': { kind: 'account', what: 'The messaging service has no sender' },
	'21704': { kind: 'account', what: 'The messaging service has no sender' },
	'21705': { kind: 'account', what: 'The messaging service is not known. Check its SID in the step' },
	'30001': { kind: 'transient', what: 'The queue at Twilio is full' },
	'30002': { kind: 'account', what: 'The Twilio account is suspended' },
	'30006': { kind: 'dead', what: 'The number is a landline or cannot be reached' },
	'63038': { kind: 'account', what: 'The daily limit of the Twilio account is reached' },
};

/**
 * Twilio Programmable Messaging, 2010-04-01: one POST a message
 * (https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource). There is no idempotency key, so an answer that is lost
 * leaves it open whether the message left.
 */
export function createTwilioProvider(config: TwilioConfig): SmsProvider {
	const service = twilioService(config);
	return createHttpSmsProvider(config, {
		...service,
		call: (message) => ({ method: 'POST', path: `${service.account}/Messages.json`, body: formOf(message) }),
		accepted: (answer) => (isOk(answer) ? textAt(answer.body, 'sid') : undefined),
		sort: ({ body }) => TWILIO_CODES[textAt(body, 'code') ?? ''],
		check: { method: 'GET', path: `${service.account}.json` },
	});
}

/** What calls as an account have in common, whatever they send; `account`: its path. */
export function twilioService({ accountSid, authToken, apiKey, apiKeySecret, baseUrl }: TwilioConfig) {
	const [user, password] = apiKey !== undefined && apiKeySecret !== undefined ? [apiKey, apiKeySecret] : [accountSid, authToken];
	return {
		name: 'twilio', service: 'Twilio', baseUrl: baseUrl ?? BASE_URL, headers: { authorization: basicAuth(user, password) }, secrets: [authToken, apiKeySecret],
		account: `/2010-04-01/Accounts/${encodeURIComponent(accountSid)}`,
		said: ({ body }: HttpAnswer) => textAt(body, 'message'),
	};
}

function formOf({ to, from, text, mediaUrls, callbackUrl }: OutgoingSms): URLSearchParams {
	const form = new URLSearchParams({ To: to, [MESSAGING_SERVICE.test(from) ? 'MessagingServiceSid' : 'From']: from });
	if (text !== '') form.set('Body', text);
	for (const url of mediaUrls) form.append('MediaUrl', url);
	if (callbackUrl !== undefined) form.set('StatusCallback', callbackUrl);
	return form;
}
