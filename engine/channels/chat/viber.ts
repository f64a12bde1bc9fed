import { textAt } from '../http';
import { createHttpChatProvider, tooLong, type Sorted } from './http-provider';
import { escapeHtml, plainOf } from './markup';
import type { ChatProvider, ChatRules, OutgoingChat, ViberConfig } from './types';

const BASE_URL = 'https://chatapi.viber.com/pa';
const MOST_CHARACTERS = 7000;
const MOST_WITH_PICTURE = 768;
const MOST_SENDER = 28;
const MOST_LABEL = 250;
const MOST_BUTTONS = 24;
/** Of keyboards whose buttons open an address. */
const API_VERSION = 3;
const OK = '0';

/** Of the status of every answer, whose HTTP status is 200 (https://developers.viber.com/docs/api/rest-bot-api/#error-codes). */
const STATUS: Readonly<Record<string, Sorted>> = {
	'1': { kind: 'account', what: 'The webhook address of the bot is not valid' },
	'2': { kind: 'account', what: 'Viber refused the login. Check the Auth Token in the credential' },
	'5': { kind: 'dead', what: 'The person is not on Viber' },
	'6': { kind: 'dead', what: 'The person is not, or no longer, subscribed to the bot' },
	'7': { kind: 'account', what: 'The bot is blocked' },
	'8': { kind: 'account', what: 'Viber knows no bot with this token' },
	'9': { kind: 'account', what: 'The bot is suspended' },
	'10': { kind: 'account', what: 'No webhook is set for the bot, and without one Viber takes no messages of it. Set one (see Journey Chat)' },
	'11': { kind: 'permanent', what: 'The person has no device with a Viber that shows this' },
	'12': { kind: 'transient', what: 'Viber takes no more messages to this person for now' },
	'15': { kind: 'account', what: 'The bot may not do this' },
	'20': { kind: 'account', what: 'The bot may not send messages' },
	'21': { kind: 'permanent', what: 'Viber does not bring messages of bots to the person\'s country' },
	'23': { kind: 'account', what: 'The free messages of the bot are used up' },
	'24': { kind: 'account', what: 'The bot\'s account has no balance' },
};

export const viberRules: ChatRules = {
	service: 'Viber', formats: ['plain'], image: true, buttons: true, written,
	problem: (message) => {
		const { length } = written(message);
		const most = message.imageUrl === undefined ? MOST_CHARACTERS : MOST_WITH_PICTURE;
		if (length > most) return tooLong('Viber', length, most, message.imageUrl === undefined ? '' : ' with a picture');
		if (message.buttons.length > MOST_BUTTONS) return `Viber takes ${MOST_BUTTONS} buttons. Take some out.`;
		return message.buttons.some(({ label }) => label.length > MOST_LABEL) ? `A button's label has more than the ${MOST_LABEL} characters that Viber shows. Make it shorter, then use Journey Control: Retry Held.` : null;
	},
};

/** Viber's REST Bot API: one POST a message (https://developers.viber.com/docs/api/rest-bot-api/#send-message). There is no idempotency key. */
export function createViberProvider(config: ViberConfig): ChatProvider {
	return createHttpChatProvider(config, {
		name: 'viber', service: 'Viber', baseUrl: config.baseUrl ?? BASE_URL, headers: { 'x-viber-auth-token': config.authToken }, secrets: [config.authToken],
		call: (message) => ({ method: 'POST', path: '/send_message', body: bodyOf(message, config.senderName.slice(0, MOST_SENDER)) }),
		accepted: ({ body }) => (textAt(body, 'status') === OK ? textAt(body, 'message_token') : undefined),
		said: ({ body }) => textAt(body, 'status_message'),
		sort: ({ body }) => {
			const status = textAt(body, 'status');
			if (status === undefined || status === OK) return undefined;
			return STATUS[status] ?? { kind: 'permanent', what: `Viber refused the message (status ${status})` };
		},
		check: { method: 'POST', path: '/get_account_info', body: {} },
	});
}

function bodyOf(message: OutgoingChat, sender: string): object {
	const text = written(message);
	// Labels are HTML to Viber.
	const keys = message.buttons.map(({ label, url }) => ({ Columns: 6, Rows: 1, ActionType: 'open-url', ActionBody: url, Text: escapeHtml(label), Silent: true }));
	return {
		receiver: message.to, sender: { name: sender }, tracking_data: message.id, min_api_version: keys.length === 0 ? 1 : API_VERSION,
		...(message.imageUrl === undefined ? { type: 'text', text } : { type: 'picture', text, media: message.imageUrl }),
		...(keys.length === 0 ? {} : { keyboard: { Type: 'keyboard', DefaultHeight: false, Buttons: keys } }),
	};
}

function written({ text }: OutgoingChat): string {
	return plainOf(text);
}
