import { textAt } from '../http';
import { createHttpChatProvider, secondsMs, tooLong, type Sorted } from './http-provider';
import { escapeHtml, plainOf } from './markup';
import type { ChatNode, ChatProvider, ChatRules, OutgoingChat, TelegramConfig } from './types';

const BASE_URL = 'https://api.telegram.org';
/** After its marks are taken out (https://core.telegram.org/bots/api#sendmessage, #sendphoto). */
const MOST_CHARACTERS = 4096;
const MOST_CAPTION = 1024;

/** Telegram's own words (https://core.telegram.org/bots/api#making-requests: error_code and description, "subject to change"). */
const WORDS: ReadonlyArray<readonly [RegExp, Sorted]> = [
	[/bot was blocked by the user/i, { kind: 'dead', what: 'The person has blocked the bot' }],
	[/user is deactivated/i, { kind: 'dead', what: 'The person has left Telegram' }],
	[/bot was kicked|bot is not a member/i, { kind: 'dead', what: 'The bot is no longer in this chat' }],
	[/can't initiate conversation/i, { kind: 'permanent', what: 'The person has never written to this bot, which must not write first' }],
	[/chat not found/i, { kind: 'permanent', what: 'This bot knows no such chat: the person has never written to it, or the ID is another bot\'s' }],
	[/can't parse entities/i, { kind: 'permanent', what: 'Telegram cannot read the HTML of the text. It takes b, i, u, s, code, pre, a, blockquote and tg-spoiler, each closed' }],
	[/wrong file identifier|failed to get HTTP URL content|wrong type of the web page content|PHOTO_INVALID/i, { kind: 'permanent', what: 'Telegram cannot fetch the picture. Its address must be public and lead to a JPEG or PNG of at most 5 MB' }],
	[/BUTTON_URL_INVALID|inline keyboard button URL/i, { kind: 'permanent', what: 'Telegram does not take the address of a button' }],
];

export const telegramRules: ChatRules = {
	service: 'Telegram', formats: ['plain', 'markdown', 'html'], image: true, buttons: true, written,
	problem: (message) => {
		const { length } = plainOf(message.text);
		const most = message.imageUrl === undefined ? MOST_CHARACTERS : MOST_CAPTION;
		return length > most ? tooLong('Telegram', length, most, message.imageUrl === undefined ? '' : ' with a picture') : null;
	},
};

/** Telegram's Bot API: one POST a message (https://core.telegram.org/bots/api#sendmessage). There is no idempotency key. */
export function createTelegramProvider(config: TelegramConfig): ChatProvider {
	const { botToken } = config;
	return createHttpChatProvider(config, {
		name: 'telegram', service: 'Telegram', baseUrl: `${config.baseUrl ?? BASE_URL}/bot${encodeURI(botToken)}`, secrets: [botToken],
		call: (message) => ({ method: 'POST', path: message.imageUrl === undefined ? '/sendMessage' : '/sendPhoto', body: bodyOf(message) }),
		accepted: ({ body }, { to }) => {
			const id = textAt(body, 'result.message_id');
			return id === undefined ? undefined : `${to}:${id}`;
		},
		said: ({ body }) => textAt(body, 'description'),
		sort: ({ status, body }) => {
			if (status === 429) return { kind: 'transient', what: 'Telegram takes no more messages for now', ...secondsMs((body as { parameters?: { retry_after?: unknown } } | null)?.parameters?.retry_after) };
			if (status === 401 || status === 404) return { kind: 'account', what: 'Telegram does not know the bot. Check the Bot Token in the credential' };
			const said = textAt(body, 'description') ?? '';
			// A 403 is about the person: whoever may not use the token gets a 401.
			return WORDS.find(([words]) => words.test(said))?.[1] ?? (status === 403 ? { kind: 'permanent', what: 'Telegram lets the bot not write to this chat' } : undefined);
		},
		check: { method: 'POST', path: '/getMe' },
	});
}

function bodyOf(message: OutgoingChat): object {
	const text = written(message);
	const rows = message.buttons.map(({ label, url }) => [{ text: label, url }]);
	return {
		chat_id: message.to, ...(message.imageUrl === undefined ? { text } : { photo: message.imageUrl, ...(text === '' ? {} : { caption: text }) }),
		parse_mode: 'HTML', ...(message.silent ? { disable_notification: true } : {}), ...(rows.length === 0 ? {} : { reply_markup: { inline_keyboard: rows } }),
	};
}

/** HTML always: what people are called cannot break it, as it can Telegram's two kinds of Markdown. */
function written({ text }: OutgoingChat): string {
	return text.kind === 'html' ? text.html : text.nodes.map(htmlOf).join('');
}

const TAGS = { bold: 'b', italic: 'i', strike: 's' } as const;

function htmlOf(node: ChatNode): string {
	switch (node.kind) {
		case 'text':
			return escapeHtml(node.text);
		case 'code':
			return `<code>${escapeHtml(node.text)}</code>`;
		case 'link':
			return node.children === null ? escapeHtml(node.url) : `<a href="${escapeHtml(node.url)}">${node.children.map(htmlOf).join('')}</a>`;
		default:
			return `<${TAGS[node.kind]}>${node.children.map(htmlOf).join('')}</${TAGS[node.kind]}>`;
	}
}
