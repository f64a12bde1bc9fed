import { textAt } from '../http';
import { createHttpChatProvider, tooLong, type Sorted } from './http-provider';
import { plainOf } from './markup';
import type { ChatNode, ChatProvider, ChatRules, OutgoingChat, SlackConfig } from './types';

const BASE_URL = 'https://slack.com/api';
/** Of one message's blocks together; more is msg_blocks_too_long. */
const MOST_CHARACTERS = 12_000;
const MOST_LABEL = 75;
/** Of an actions block (https://api.slack.com/reference/block-kit/blocks#actions). */
const MOST_BUTTONS = 25;
const MOST_ALTERNATIVE = 2000;

const LOGIN = new Set(['invalid_auth', 'not_authed', 'token_revoked', 'token_expired', 'account_inactive', 'org_login_required', 'ekm_access_denied', 'team_access_not_granted', 'access_denied', 'two_factor_setup_required']);
const RIGHTS = new Set(['missing_scope', 'no_permission', 'not_allowed_token_type', 'restricted_action', 'messages_tab_disabled']);

/** Errors of chat.postMessage (https://api.slack.com/methods/chat.postMessage#errors). */
const ERRORS: Readonly<Record<string, Sorted>> = {
	user_disabled: { kind: 'dead', what: 'The person has left the workspace' },
	is_archived: { kind: 'dead', what: 'The conversation with this person is closed' },
	channel_not_found: { kind: 'permanent', what: 'Slack knows no such person in the workspace of this app' },
	user_not_found: { kind: 'permanent', what: 'Slack knows no such person in the workspace of this app' },
	cannot_dm_bot: { kind: 'permanent', what: 'Slack brings no message from app to app' },
	not_in_channel: { kind: 'permanent', what: 'The app is no member of this channel' },
	ratelimited: { kind: 'transient', what: 'Slack takes no more messages for now' },
	rate_limited: { kind: 'transient', what: 'Slack takes no more messages for now' },
	message_limit_exceeded: { kind: 'account', what: 'The messages of this workspace are used up' },
	// Slack says of these that some of it may have been done.
	fatal_error: { kind: 'ambiguous', what: 'Slack failed while it took the message' },
	internal_error: { kind: 'ambiguous', what: 'Slack failed while it took the message' },
	request_timeout: { kind: 'ambiguous', what: 'Slack did not read the whole call' },
	service_unavailable: { kind: 'ambiguous', what: 'Slack is away' },
};

export const slackRules: ChatRules = {
	service: 'Slack', formats: ['plain', 'markdown'], image: true, buttons: true, mostUrl: 3000, written,
	problem: (message) => {
		const { length } = written(message);
		if (length > MOST_CHARACTERS) return tooLong('Slack', length, MOST_CHARACTERS);
		if (message.buttons.length > MOST_BUTTONS) return `Slack takes ${MOST_BUTTONS} buttons. Take some out.`;
		return message.buttons.some(({ label }) => label.length > MOST_LABEL) ? `A button's label has more than the ${MOST_LABEL} characters that Slack shows. Make it shorter, then use Journey Control: Retry Held.` : null;
	},
};

/**
 * Slack's chat.postMessage to a person, in the conversation that they have with the app (https://api.slack.com/methods/chat.postMessage). There is no idempotency key.
 */
export function createSlackProvider(config: SlackConfig): ChatProvider {
	return createHttpChatProvider(config, {
		name: 'slack', service: 'Slack', baseUrl: config.baseUrl ?? BASE_URL, headers: { authorization: `Bearer ${config.botToken}` }, secrets: [config.botToken],
		call: (message) => ({ method: 'POST', path: '/chat.postMessage', body: formOf(message) }),
		accepted: ({ body }) => ((body as { ok?: unknown } | null)?.ok === true && textAt(body, 'ts') !== undefined ? `${textAt(body, 'channel') ?? ''}:${textAt(body, 'ts') ?? ''}` : undefined),
		said: ({ body }) => textAt(body, 'error'),
		sort: ({ status, body }) => {
			const error = textAt(body, 'error');
			if (error === undefined) return undefined;
			if (LOGIN.has(error)) return { kind: 'account', what: 'Slack refused the login. Check the Bot Token in the credential' };
			if (RIGHTS.has(error)) return { kind: 'account', what: 'The Slack app may not do this. Give it the scope chat:write, switch its Messages Tab on under App Home, and install it again' };
			return ERRORS[error] ?? (status < 300 ? { kind: 'permanent', what: 'Slack refused the message' } : undefined);
		},
		check: { method: 'GET', path: '/auth.test' },
	});
}

/** Rich text: nothing in it is read as a mark, a mention or a link but what is said to be one. `text` is for notifications. */
function formOf(message: OutgoingChat): URLSearchParams {
	const text = written(message);
	const elements = message.text.kind === 'html' ? [{ type: 'text', text }] : message.text.nodes.flatMap((node) => elementsOf(node, {}));
	const blocks = [
		...(elements.length === 0 ? [] : [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] }]),
		...(message.imageUrl === undefined ? [] : [{ type: 'image', image_url: message.imageUrl, alt_text: text.slice(0, MOST_ALTERNATIVE) || 'picture' }]),
		...(message.buttons.length === 0 ? [] : [{ type: 'actions', elements: message.buttons.map(({ label, url }, n) => ({ type: 'button', action_id: `link-${n}`, text: { type: 'plain_text', text: label }, url })) }]),
	];
	return new URLSearchParams({ channel: message.to, text: text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] ?? character), blocks: JSON.stringify(blocks) });
}

type Style = Partial<Record<'bold' | 'italic' | 'strike' | 'code', true>>;

function elementsOf(node: ChatNode, style: Style): object[] {
	const styled = (own: Style): object => (Object.keys(own).length === 0 ? {} : { style: own });
	switch (node.kind) {
		case 'text':
			return [{ type: 'text', text: node.text, ...styled(style) }];
		case 'code':
			return [{ type: 'text', text: node.text, ...styled({ ...style, code: true }) }];
		case 'link':
			return [{ type: 'link', url: node.url, ...(node.children === null ? {} : { text: plainOf({ kind: 'nodes', nodes: node.children }) }), ...styled(style) }];
		default:
			return node.children.flatMap((child) => elementsOf(child, { ...style, [node.kind]: true }));
	}
}

function written({ text }: OutgoingChat): string {
	return plainOf(text);
}
