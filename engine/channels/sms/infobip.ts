import { withKey } from './callback-key';
import { isOk, textAt } from '../http';
import { createHttpSmsProvider, type Sorted } from './http-provider';
import type { InfobipConfig, OutgoingSms, SmsProvider } from './types';

/** Names of a message's status (https://www.infobip.com/docs/essentials/response-status-and-error-codes); groups decide for the rest. */
const STATUSES: Readonly<Record<string, Sorted>> = {
	REJECTED_DESTINATION: { kind: 'permanent', what: 'The number is on the blocklist of the Infobip account' },
	REJECTED_INVALID_DESTINATION: { kind: 'dead', what: 'The number is not valid' },
	REJECTED_PREFIX_MISSING: { kind: 'dead', what: 'The number has no prefix that is known' },
	REJECTED_DND: { kind: 'permanent', what: 'The person is on a do-not-disturb list' },
	REJECTED_SOURCE: { kind: 'account', what: 'The sender is on the blocklist of the Infobip account. Choose another one in the step' },
	REJECTED_SENDER: { kind: 'account', what: 'The sender is not allowed. Choose another one in the step' },
	REJECTED_NOT_ENOUGH_CREDITS: { kind: 'account', what: 'The Infobip account has no credit' },
	REJECTED_NETWORK: { kind: 'permanent', what: 'Infobip does not send to this network' },
	REJECTED_DESTINATION_NOT_REGISTERED: { kind: 'permanent', what: 'A trial account of Infobip sends only to registered numbers' },
	REJECTED_FLOODING_FILTER: { kind: 'permanent', what: 'Infobip takes the message for a repeat' },
	REJECTED_DUPLICATE_MESSAGE_ID: { kind: 'permanent', what: 'Infobip has this message already' },
	REJECTED_SYSTEM_ERROR: { kind: 'transient', what: 'Infobip failed while it took the message' },
};

/**
 * Infobip SMS v3 (https://www.infobip.com/docs/api/channels/sms/outbound-sms/send-sms-messages), and with media MMS v2
 * (https://www.infobip.com/docs/api/channels/mms/send-mms-messages): an answer of 200 may hold a rejection.
 */
export function createInfobipProvider(config: InfobipConfig): SmsProvider {
	return createHttpSmsProvider(config, {
		name: 'infobip', service: 'Infobip', baseUrl: config.baseUrl.replace(/\/+$/, ''), headers: { authorization: `App ${config.apiKey}`, accept: 'application/json' }, secrets: [config.apiKey, config.callbackKey],
		call: (message) => ({ method: 'POST', path: message.mediaUrls.length === 0 ? '/sms/3/messages' : '/mms/2/messages', body: bodyOf(message, config.callbackKey) }),
		accepted: (answer) => (isOk(answer) && textAt(answer.body, 'messages.0.status.groupName') !== 'REJECTED' ? textAt(answer.body, 'messages.0.messageId') : undefined),
		said: ({ body }) => textAt(body, 'messages.0.status.description') ?? textAt(body, 'description') ?? textAt(body, 'requestError.serviceException.text'),
		sort: (answer) => {
			const name = textAt(answer.body, 'messages.0.status.name') ?? '';
			if (Object.hasOwn(STATUSES, name)) return STATUSES[name];
			return isOk(answer) && name.startsWith('REJECTED') ? { kind: 'permanent', what: 'Infobip rejected the message' } : undefined;
		},
		check: { method: 'GET', path: '/account/1/balance' },
	});
}

function bodyOf({ id, to, from, text, mediaUrls, callbackUrl }: OutgoingSms, key: string | undefined): object {
	const webhooks = callbackUrl === undefined ? {} : { webhooks: { delivery: { url: withKey(callbackUrl, key) }, contentType: 'application/json', callbackData: id } };
	return { messages: [{ sender: from.replace(/^\+/, ''), destinations: [{ to: to.replace(/^\+/, ''), messageId: id }], content: mediaUrls.length === 0 ? { text } : { messageSegments: segmentsOf(text, mediaUrls) }, ...webhooks }] };
}

function segmentsOf(text: string, mediaUrls: readonly string[]): object[] {
	return [...(text === '' ? [] : [{ type: 'TEXT', text }]), ...mediaUrls.map((contentUrl) => ({ type: 'LINK', contentUrl }))];
}
