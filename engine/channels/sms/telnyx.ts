import { isOk, textAt } from '../http';
import { createHttpSmsProvider, type Sorted } from './http-provider';
import type { OutgoingSms, SmsProvider, TelnyxConfig } from './types';

const BASE_URL = 'https://api.telnyx.com';

/** https://developers.telnyx.com/docs/messaging/messages/error-codes */
const CODES: Readonly<Record<string, Sorted>> = {
	'10001': { kind: 'account', what: 'The sender is not active at Telnyx. Choose another one in the step' },
	'10002': { kind: 'dead', what: 'The number is no phone number' },
	'10009': { kind: 'account', what: 'Telnyx refused the key. Check it in the credential' },
	'10010': { kind: 'account', what: 'The Telnyx key may not send messages' },
	'10011': { kind: 'transient', what: 'Telnyx takes no more messages for now' },
	'10016': { kind: 'permanent', what: 'The number is not in international form' },
	'20100': { kind: 'account', what: 'The Telnyx account has no credit' },
	'40001': { kind: 'dead', what: 'The number is a landline or takes no messages' },
	'40012': { kind: 'dead', what: 'The number is not valid' },
	'40013': { kind: 'account', what: 'The sender is not valid. Correct it in the step' },
	'40100': { kind: 'account', what: 'The sender is not set up for messages at Telnyx' },
	'40301': { kind: 'permanent', what: 'This kind of message cannot be sent to this number' },
	'40302': { kind: 'permanent', what: 'The message is too large' },
	'40305': { kind: 'account', what: 'The sender is not valid. Correct it in the step, and assign the number to a messaging profile' },
	'40306': { kind: 'account', what: 'Names as senders need a Messaging Profile ID in the credential, with a name set in that profile' },
	'40309': { kind: 'permanent', what: 'The messaging profile may not send to this country. Allow it in Telnyx' },
	'40310': { kind: 'dead', what: 'The number is not valid' },
	'40312': { kind: 'account', what: 'The messaging profile is disabled' },
	'40314': { kind: 'account', what: 'Messaging is disabled for the Telnyx account' },
	'40318': { kind: 'transient', what: 'The queue at Telnyx is full' },
	'40321': { kind: 'account', what: 'The messaging profile has no number to send from' },
};

/** Telnyx Messaging v2: one POST a message (https://developers.telnyx.com/api/messaging/send-message). There is no idempotency key. */
export function createTelnyxProvider(config: TelnyxConfig): SmsProvider {
	return createHttpSmsProvider(config, {
		name: 'telnyx', service: 'Telnyx', baseUrl: config.baseUrl ?? BASE_URL, headers: { authorization: `Bearer ${config.apiKey}` }, secrets: [config.apiKey],
		call: (message) => ({ method: 'POST', path: '/v2/messages', body: bodyOf(message, config.messagingProfileId) }),
		accepted: (answer) => (isOk(answer) ? textAt(answer.body, 'data.id') : undefined),
		said: ({ body }) => textAt(body, 'errors.0.detail') ?? textAt(body, 'errors.0.title'),
		sort: ({ body }) => {
			const code = textAt(body, 'errors.0.code') ?? '';
			// The same code is a missing messaging profile, too; only its title tells.
			if (code === '40300' && /STOP/.test(textAt(body, 'errors.0.title') ?? '')) return { kind: 'optedOut', what: 'The person has answered STOP, and Telnyx sends no more to them' };
			return CODES[code];
		},
		check: { method: 'GET', path: '/v2/balance' },
	});
}

function bodyOf({ to, from, text, mediaUrls, callbackUrl }: OutgoingSms, profile: string | undefined): object {
	return {
		to, from, text, ...(mediaUrls.length === 0 ? {} : { media_urls: mediaUrls, type: 'MMS' }), ...(profile === undefined ? {} : { messaging_profile_id: profile }),
		...(callbackUrl === undefined ? {} : { webhook_url: callbackUrl, use_profile_webhooks: false }),
	};
}
