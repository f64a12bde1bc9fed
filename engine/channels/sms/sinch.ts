import { isOk, textAt } from '../http';
import { createHttpSmsProvider, type Sorted } from './http-provider';
import { withKey } from './callback-key';
import type { OutgoingSms, SinchConfig, SmsProvider } from './types';

/** Errors of a batch (https://developers.sinch.com/docs/sms/api-reference/status-codes). */
const CODES: Readonly<Record<string, Sorted>> = {
	syntax_invalid_parameter_format: { kind: 'permanent', what: 'Sinch does not take the message as it is' },
	syntax_constraint_violation: { kind: 'permanent', what: 'Sinch does not take the message as it is' },
	missing_callback_url: { kind: 'permanent', what: 'The Sinch service plan has no callback address' },
	conflict_request: { kind: 'transient', what: 'Another call to Sinch is under way' },
	unknown_campaign: { kind: 'account', what: 'The campaign is not known to Sinch' },
};

/** Its own words, with no room for what sentences about plans and campaigns say. */
const NUMBER = /parameter 'to(\[\d+\])?' is invalid|invalid (msisdn|recipient|phone number)/i;
/** The sender is the same for everybody: its number is no word about the person's. */
const SENDER = /\b(from|sender|originator|src)\b.*invalid|invalid.*\b(from|sender|originator|src)\b/i;

/**
 * Sinch SMS (XMS) v1: a batch of one recipient (https://developers.sinch.com/docs/sms/api-reference/sms/tag/Batches), by service plan and its
 * token. There is no idempotency key.
 */
export function createSinchProvider(config: SinchConfig): SmsProvider {
	const plan = `/xms/v1/${encodeURIComponent(config.servicePlanId)}`;
	return createHttpSmsProvider(config, {
		name: 'sinch', service: 'Sinch', baseUrl: config.baseUrl ?? `https://${config.region}.sms.api.sinch.com`, headers: { authorization: `Bearer ${config.apiToken}` }, secrets: [config.apiToken, config.callbackKey],
		call: (message) => ({ method: 'POST', path: `${plan}/batches`, body: bodyOf(message, config.callbackKey) }),
		accepted: (answer) => (isOk(answer) ? textAt(answer.body, 'id') : undefined),
		said: ({ body }) => textAt(body, 'text'),
		sort: ({ status, body }) => {
			const code = textAt(body, 'code') ?? '';
			const said = textAt(body, 'text') ?? '';
			if (status === 400 && SENDER.test(said)) return { kind: 'account', what: 'The sender is not valid. Correct it in the step' };
			if (status === 400 && NUMBER.test(said)) return { kind: 'dead', what: 'The number is not valid' };
			return CODES[code];
		},
		check: { method: 'GET', path: `${plan}/batches`, query: { page_size: '1' } },
	});
}

function bodyOf({ id, to, from, text, mediaUrls, callbackUrl }: OutgoingSms, key: string | undefined): object {
	const [media] = mediaUrls;
	const about = {
		to: [to.replace(/^\+/, '')], from: from.replace(/^\+/, ''), client_reference: id,
		...(callbackUrl === undefined ? { delivery_report: 'none' } : { delivery_report: 'per_recipient', callback_url: withKey(callbackUrl, key) }),
	};
	return media === undefined ? { ...about, type: 'mt_text', body: text } : { ...about, type: 'mt_media', body: { url: media, ...(text === '' ? {} : { message: text }) } };
}
