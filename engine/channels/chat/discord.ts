import { isOk, textAt, type HttpCall, type HttpClient } from '../http';
import { hashId } from '../../kernel';
import type { SendOutcome } from '../types';
import { createHttpChatProvider, refusal, secondsMs, tooLong, type ChatService, type Sorted } from './http-provider';
import type { ChatNode, ChatProvider, ChatRules, DiscordConfig, OutgoingChat } from './types';

const BASE_URL = 'https://discord.com/api/v10';
const MOST_CHARACTERS = 2000;
const MOST_LABEL = 80;
const MOST_BUTTONS = 25;
const BUTTONS_A_ROW = 5;
const LINK_STYLE = 5;
/** SUPPRESS_NOTIFICATIONS (https://docs.discord.com/developers/resources/message#message-object-message-flags). */
const SILENT = 1 << 12;
/** Conversations whose ID is known: opening many of them is what Discord limits most. */
const MOST_KNOWN = 50_000;
const NONCE_LENGTH = 25;

/** https://docs.discord.com/developers/topics/opcodes-and-status-codes#json */
const CODES: Readonly<Record<string, Sorted>> = {
	'0': { kind: 'account', what: 'Discord refused the login. Check the Bot Token in the credential' },
	'10003': { kind: 'permanent', what: 'The conversation with this person is gone' },
	'10013': { kind: 'dead', what: 'Discord knows no such user' },
	'40001': { kind: 'account', what: 'Discord refused the login. Check the Bot Token in the credential' },
	'40002': { kind: 'account', what: 'Discord wants the account of the bot to be verified' },
	'40003': { kind: 'transient', what: 'The bot opens conversations too fast for Discord' },
	'50007': { kind: 'dead', what: 'The person takes no messages of this bot: they have blocked it, allow none, or share no server with it' },
	'50278': { kind: 'dead', what: 'The person shares no server with the bot' },
	'50035': { kind: 'permanent', what: 'Discord refused the message' },
};

export const discordRules: ChatRules = {
	service: 'Discord', formats: ['plain', 'markdown'], image: true, buttons: true, mostUrl: 512, written,
	problem: (message) => {
		const { length } = written(message);
		if (length > MOST_CHARACTERS) return tooLong('Discord', length, MOST_CHARACTERS, ', marks included');
		if (message.buttons.length > MOST_BUTTONS) return `Discord takes ${MOST_BUTTONS} buttons. Take some out.`;
		return message.buttons.some(({ label }) => label.length > MOST_LABEL) ? `A button's label has more than the ${MOST_LABEL} characters that Discord shows. Make it shorter, then use Journey Control: Retry Held.` : null;
	},
};

/**
 * Discord's HTTP API: the conversation with the person is opened, then written to (https://docs.discord.com/developers/resources/user#create-dm, /resources/message#create-message).
 * A nonce that is enforced makes one message of calls within minutes: what is lost is repeated with it within the time of the send, and never later.
 */
export function createDiscordProvider(config: DiscordConfig): ChatProvider {
	const channels = new Map<string, string>();
	const answers: Pick<ChatService, 'said' | 'sort'> = {
		said: ({ body }) => textAt(body, 'message'),
		sort: ({ status, body }) => {
			if (status === 429) return { kind: 'transient', what: 'Discord takes no more messages for now', ...secondsMs((body as { retry_after?: unknown } | null)?.retry_after) };
			const code = textAt(body, 'code');
			if (code === '0' && status !== 401) return undefined;
			return code === undefined ? undefined : CODES[code];
		},
	};

	async function callOf(message: OutgoingChat, client: HttpClient): Promise<HttpCall | SendOutcome> {
		const channel = channels.get(message.to) ?? (await openedChannel(message.to, client));
		if (typeof channel !== 'string') return channel;
		return { method: 'POST', path: `/channels/${encodeURIComponent(channel)}/messages`, body: bodyOf(message), repeatWhen: () => false };
	}

	/** Nothing has been sent yet, whatever becomes of this call. */
	async function openedChannel(to: string, client: HttpClient): Promise<string | SendOutcome> {
		const result = await client.call({ method: 'POST', path: '/users/@me/channels', body: { recipient_id: to } });
		const id = result.kind === 'answer' && isOk(result) ? textAt(result.body, 'id') : undefined;
		if (id === undefined) {
			const outcome = result.kind === 'failure' ? client.outcomeOf(result, { personal: [to], idempotent: true }) : refusal(client, answers, result, to);
			return outcome.kind === 'ambiguous' ? { kind: 'transient', reason: outcome.reason } : outcome;
		}
		const oldest = channels.keys().next().value;
		if (channels.size >= MOST_KNOWN && oldest !== undefined) channels.delete(oldest);
		channels.set(to, id);
		return id;
	}

	return createHttpChatProvider(config, {
		...answers, name: 'discord', service: 'Discord', baseUrl: config.baseUrl ?? BASE_URL, secrets: [config.botToken],
		headers: { authorization: `Bot ${config.botToken}`, 'user-agent': 'DiscordBot (https://www.npmjs.com/package/n8n-nodes-journeys, 1)' },
		call: callOf,
		accepted: (answer) => (isOk(answer) ? textAt(answer.body, 'id') : undefined),
		check: { method: 'GET', path: '/users/@me' },
	});
}

function bodyOf(message: OutgoingChat): object {
	const content = written(message);
	const buttons = message.buttons.map(({ label, url }) => ({ type: 2, style: LINK_STYLE, label, url }));
	const rows = Array.from({ length: Math.ceil(buttons.length / BUTTONS_A_ROW) }, (_row, n) => ({ type: 1, components: buttons.slice(n * BUTTONS_A_ROW, (n + 1) * BUTTONS_A_ROW) }));
	return {
		...(content === '' ? {} : { content }), ...(message.imageUrl === undefined ? {} : { embeds: [{ image: { url: message.imageUrl } }] }), ...(rows.length === 0 ? {} : { components: rows }),
		nonce: hashId('discord', message.id).slice(0, NONCE_LENGTH), enforce_nonce: true, allowed_mentions: { parse: [] }, ...(message.silent ? { flags: SILENT } : {}),
	};
}

/** Discord reads marks in whatever it gets: all that is not meant as one is escaped. */
function written({ text }: OutgoingChat): string {
	return text.kind === 'html' ? text.html : text.nodes.map(markdownOf).join('');
}

const MARKS = { bold: '**', italic: '*', strike: '~~' } as const;

function markdownOf(node: ChatNode): string {
	switch (node.kind) {
		case 'text':
			return node.text.replace(/[\\*_~`|>#[\]()<@]/g, '\\$&').replace(/^(\s*)([-+]|\d+\.)(?=\s)/gm, (_whole, blank: string, mark: string) => `${blank}${mark.slice(0, -1)}\\${mark.slice(-1)}`);
		case 'code':
			return `\`${node.text.replaceAll('`', "'")}\``;
		case 'link':
			return node.children === null ? node.url : `[${node.children.map(markdownOf).join('')}](${node.url.replaceAll('(', '%28').replaceAll(')', '%29')})`;
		default:
			return `${MARKS[node.kind]}${node.children.map(markdownOf).join('')}${MARKS[node.kind]}`;
	}
}
