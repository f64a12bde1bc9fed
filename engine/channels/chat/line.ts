import { hashId } from '../../kernel';
import { isOk, textAt } from '../http';
import { createHttpChatProvider, tooLong } from './http-provider';
import { plainOf } from './markup';
import type { ChatProvider, ChatRules, LineConfig, OutgoingChat } from './types';

const BASE_URL = 'https://api.line.me';
/** https://developers.line.biz/en/reference/messaging-api/#text-message, #flex-message: UTF-16 units; a label, an alternative text. */
const MOST_CHARACTERS = 5000;
const MOST_WITH_BUTTONS = 2000;
const MOST_LABEL = 20;
const MOST_ALTERNATIVE = 400;

export const lineRules: ChatRules = {
	service: 'LINE', formats: ['plain'], image: true, buttons: true, mostUrl: 1000, written,
	problem: (message) => {
		const { length } = written(message);
		const most = message.buttons.length === 0 ? MOST_CHARACTERS : MOST_WITH_BUTTONS;
		if (length > most) return tooLong('LINE', length, most, message.buttons.length === 0 ? '' : ' with buttons');
		if (message.buttons.length > 0 && length === 0) return 'LINE shows buttons only below a text. Write one, then use Journey Control: Retry Held.';
		if (message.imageUrl !== undefined && !message.imageUrl.startsWith('https://')) return 'LINE takes pictures by https only. Give another address, then use Journey Control: Retry Held.';
		return message.buttons.some(({ label }) => label.length > MOST_LABEL) ? `A button's label has more than the ${MOST_LABEL} characters that LINE shows. Make it shorter, then use Journey Control: Retry Held.` : null;
	},
};

/**
 * LINE's Messaging API: one push a message (https://developers.line.biz/en/reference/messaging-api/#send-push-message). A call that is lost is repeated with its retry
 * key within the time of the send, and never later: keys hold for 24 hours, and a message that waits may wait for longer than that.
 */
export function createLineProvider(config: LineConfig): ChatProvider {
	return createHttpChatProvider(config, {
		name: 'line', service: 'LINE', baseUrl: config.baseUrl ?? BASE_URL, headers: { authorization: `Bearer ${config.channelAccessToken}` }, secrets: [config.channelAccessToken],
		call: (message) => ({
			method: 'POST', path: '/v2/bot/message/push', headers: { 'x-line-retry-key': uuidOf(message.id) }, repeatWhen: () => false,
			body: { to: message.to, messages: messagesOf(message), ...(message.silent ? { notificationDisabled: true } : {}) },
		}),
		// 409: a call with this retry key was accepted before.
		accepted: (answer) => (isOk(answer) ? (sentId(answer.body) ?? answer.headers['x-line-request-id']) : answer.status === 409 ? (sentId(answer.body) ?? answer.headers['x-line-accepted-request-id']) : undefined),
		said: ({ body }) => [textAt(body, 'message'), textAt(body, 'details.0.message')].filter((part) => part !== undefined).join(': ') || undefined,
		sort: ({ status, body }) => {
			const said = textAt(body, 'message') ?? '';
			// By the month, not by the second: trying again in a minute helps nobody.
			if (status === 429 && /monthly limit/i.test(said)) return { kind: 'account', what: 'The messages of this month are used up at LINE. Choose another plan there, or wait for the next month' };
			if (status === 400 && /^(failed to send messages|the property, 'to')/i.test(said)) return { kind: 'permanent', what: 'LINE does not know this user ID in this account' };
			if (status === 409) return { kind: 'ambiguous', what: 'LINE has had a call for this message before and does not say what became of it' };
			return undefined;
		},
		check: { method: 'GET', path: '/v2/bot/info' },
	});
}

function sentId(body: unknown): string | undefined {
	const { sentMessages } = (typeof body === 'object' && body !== null ? body : {}) as { sentMessages?: unknown };
	const last: unknown = Array.isArray(sentMessages) ? sentMessages.at(-1) : undefined;
	return textAt(last, 'id');
}

function uuidOf(id: string): string {
	const hex = Buffer.from(hashId('line', id), 'base64url').toString('hex');
	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** Buttons make a Flex message, whose text may be long, unlike that of a template. */
function messagesOf(message: OutgoingChat): object[] {
	const text = written(message);
	const picture = message.imageUrl === undefined ? [] : [{ type: 'image', originalContentUrl: message.imageUrl, previewImageUrl: message.imageUrl }];
	if (message.buttons.length === 0) return [...picture, ...(text === '' ? [] : [{ type: 'text', text }])];
	const footer = message.buttons.map(({ label, url }) => ({ type: 'button', style: 'link', height: 'sm', action: { type: 'uri', label, uri: url } }));
	return [...picture, {
		type: 'flex', altText: text.slice(0, MOST_ALTERNATIVE),
		contents: { type: 'bubble', body: { type: 'box', layout: 'vertical', contents: [{ type: 'text', text, wrap: true }] }, footer: { type: 'box', layout: 'vertical', contents: footer } },
	}];
}

function written({ text }: OutgoingChat): string {
	return plainOf(text);
}
