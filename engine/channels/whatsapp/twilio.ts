import { isOk, textAt } from '../http';
import { createNumberProvider, type Sorted } from '../number-provider';
import { TWILIO_CODES, twilioService } from '../sms/twilio';
import type { TwilioConfig } from '../sms/types';
import type { FilledTemplate, OutgoingWhatsApp, WhatsAppProvider } from './types';

const MESSAGING_SERVICE = /^MG[0-9a-f]{32}$/i;

/** Codes of WhatsApp, beside those of all messages (https://www.twilio.com/docs/api/errors). */
const CODES: Readonly<Record<string, Sorted>> = {
	'21654': { kind: 'account', what: 'Twilio needs a content template here. Choose one in the step' },
	'21655': { kind: 'account', what: 'Twilio does not know the content template. Check its SID in the step' },
	'21656': { kind: 'permanent', what: 'Twilio does not take the variables of the template' },
	'63001': { kind: 'account', what: 'WhatsApp refused the login of the sender' },
	'63003': { kind: 'permanent', what: 'The number is not on WhatsApp' },
	'63007': { kind: 'account', what: 'The sender is no WhatsApp sender of this Twilio account. Choose another one in the step' },
	'63013': { kind: 'permanent', what: 'The message breaks a policy of WhatsApp\'s' },
	'63016': { kind: 'permanent', what: 'More than 24 hours have passed since the person last wrote: only a template may be sent' },
	'63018': { kind: 'transient', what: 'WhatsApp takes no more messages from this sender for now' },
	'63020': { kind: 'account', what: 'The WhatsApp Business account has not accepted the invitation of Twilio' },
	'63024': { kind: 'permanent', what: 'The number is not on WhatsApp' },
	'63027': { kind: 'account', what: 'The template does not exist in this language' },
	'63028': { kind: 'account', what: 'The number of parameters does not fit the template. Compare the variables in the step with the template at Twilio' },
	'63032': { kind: 'permanent', what: 'WhatsApp does not let this business write to this person' },
	'63040': { kind: 'account', what: 'The template was rejected by WhatsApp' },
	'63041': { kind: 'account', what: 'The template is paused by WhatsApp' },
	'63042': { kind: 'account', what: 'The template is disabled by WhatsApp' },
	'63049': { kind: 'permanent', what: 'Meta did not deliver the message, since the person gets many marketing messages already' },
};

/**
 * WhatsApp through Twilio's Programmable Messaging (https://www.twilio.com/docs/whatsapp/api): the same call as for SMS, to and from addresses that begin with
 * `whatsapp:`. Templates are contents (https://www.twilio.com/docs/content). There is no idempotency key.
 */
export function createTwilioWhatsAppProvider(config: TwilioConfig): WhatsAppProvider {
	const service = twilioService(config);
	return createNumberProvider<OutgoingWhatsApp>(config, {
		...service,
		call: (message) => ({ method: 'POST', path: `${service.account}/Messages.json`, body: formOf(message) }),
		accepted: (answer) => (isOk(answer) ? textAt(answer.body, 'sid') : undefined),
		sort: ({ body }) => {
			const code = textAt(body, 'code') ?? '';
			return CODES[code] ?? TWILIO_CODES[code];
		},
		check: { method: 'GET', path: `${service.account}.json` },
	});
}

function formOf({ to, from, body, callbackUrl }: OutgoingWhatsApp): URLSearchParams {
	const form = new URLSearchParams({ To: `whatsapp:${to}`, ...(MESSAGING_SERVICE.test(from) ? { MessagingServiceSid: from } : { From: `whatsapp:${from}` }) });
	if (body.kind === 'template') {
		form.set('ContentSid', body.template.id);
		const variables = variablesOf(body.template);
		if (Object.keys(variables).length > 0) form.set('ContentVariables', JSON.stringify(variables));
	} else {
		// Buttons are refused before: there they are part of a content template.
		const text = body.kind !== 'media' ? body.text : body.type === 'audio' ? '' : body.caption;
		if (text !== '') form.set('Body', text);
		if (body.kind === 'media') form.append('MediaUrl', body.url);
	}
	if (callbackUrl !== undefined) form.set('StatusCallback', callbackUrl);
	return form;
}

/** One numbering for the whole content: header, body and buttons. */
function variablesOf({ body }: FilledTemplate): Record<string, string> {
	return Object.fromEntries(body.map(({ name, text }, index) => [name === '' ? String(index + 1) : name, text]));
}
