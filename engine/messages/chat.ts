import { chatProvider, chatRules, chatText } from '../channels/chat';
import type { ChatConfig, OutgoingChat } from '../channels/types';
import { EngineError } from '../kernel';
import { compileMessage, isWebAddress, sourcesOf } from '../templates';
import type { ChatContent, RenderScope } from '../templates/types';
import type { AddressKind } from './addressed';
import { brokenBy } from './broken';
import type { Linking, MessageChannel, MessageFacts, Rendering } from './channel';
import { contentOf } from './content';
import { scopeOf } from './content-facts';
import type { Addressed } from './guards';
import { messageLinks } from './message-links';
import { pageLinks } from './page-links';
import type { ChatMaking, ChatSendRequest } from './types';

/** By what the service knows people. */
export function chatAddressKind(kind: ChatConfig['kind']): AddressKind {
	return kind === 'kakao' ? 'phone' : kind;
}

export const chatChannel: MessageChannel<ChatSendRequest, OutgoingChat> = {
	name: 'chat',
	words: { message: 'chat message', marketing: 'marketing messages', contact: 'contact chat ID', contactField: 'Contact Chat ID' },
	connections: 10,
	provider: chatProvider,
	check: async (request) => {
		for (const content of new Set([request.content, ...request.items.flatMap(({ content: own }) => own ?? [])])) checkContent(request.step.name, request.provider.kind, content);
		if (request.items.some((item) => item.content === undefined)) await compileMessage('chat', request.content);
	},
	texts: (request, item) => sourcesOf(contentOf(request, item)),
	render,
	// Services tell the person, not which of our bots they wrote to.
	answeredAt: () => '',
	ledger: ({ provider }) => ({ addressedBy: chatAddressKind(provider.kind) }),
};

interface RenderedChat {
	text: string;
	imageUrl: string;
	buttons: Array<{ label: string; url: string }>;
	/** #{name} -> value. */
	variables: Record<string, string>;
}

/** Buttons without a label or an address for this person are left out. Throws TEMPLATE_INVALID. */
export async function renderChat(content: ChatContent, scope: RenderScope): Promise<RenderedChat> {
	const { text, imageUrl = '', buttons = [], kakao } = (await compileMessage('chat', content)).render(scope);
	return {
		text, imageUrl, buttons: buttons.filter(({ label, url }) => label !== '' && url !== ''),
		variables: Object.fromEntries(Object.entries(kakao?.variables ?? {}).map(([name, value]) => [variableName(name), value])),
	};
}

function variableName(given: string): string {
	const name = given.trim();
	return /^#\{.*\}$/.test(name) ? name : `#{${name}}`;
}

/** What the service cannot take of anybody's message. Throws BAD_INPUT. */
export function checkContent(step: string, kind: ChatConfig['kind'], content: ChatContent): void {
	const { service, formats, image, buttons } = chatRules(kind);
	const refuse = (what: string, remedy: string): never => {
		throw new EngineError('BAD_INPUT', `"${step}" ${what}. ${remedy}; nothing was sent.`);
	};
	if (!formats.includes(content.format)) refuse(`is written as ${content.format}, which ${service} does not read`, 'Choose another Format');
	if (!image && (content.imageUrl ?? '') !== '') refuse(`has a picture, which ${service} does not take here`, 'Take Image URL out');
	if (!buttons && (content.buttons ?? []).length > 0) refuse(`has buttons, which are the template's at ${service}`, 'Take them out');
	if (kind === 'kakao' && content.kakao === undefined) refuse('has no Kakao template', 'Fill in Kakao Channel ID and Template ID');
}

async function render(request: ChatSendRequest, person: Addressed, linking: Linking, facts: MessageFacts): Promise<Rendering<OutgoingChat>> {
	const { work, to } = person;
	const links = messageLinks(linking, work.message);
	const pages = pageLinks(chatChannel.texts(request, work.item), person, linking, facts);
	if ('broken' in pages) return { kind: 'broken', reason: pages.broken };
	try {
		const content = contentOf(request, work.item);
		const rendered = await renderChat(content, scopeOf(facts, person, links === null ? {} : { unsubscribeUrl: links.unsubscribe, ...pages.links }));
		const own = new Set([links?.unsubscribe, ...Object.values(pages.links)]);
		let index = 0;
		const linked = (url: string): string => (links === null || !request.trackClicks || own.has(url) ? url : links.click(url, index++));
		const made = outgoing(request, content, rendered, { id: work.message, to, linked });
		return typeof made === 'string' ? { kind: 'broken', reason: made } : { kind: 'ready', message: made };
	} catch (error) {
		return brokenBy(error, chatChannel.words.message);
	}
}

/** The message as the service is to get it; or why it would not take it. */
export function outgoing({ provider, silent = false, smsFrom: stepsOwn }: Pick<ChatMaking, 'silent' | 'smsFrom'> & { provider: { kind: ChatConfig['kind'] } }, { format, kakao }: ChatContent, rendered: RenderedChat, { id, to, linked }: { id: string; to: string; linked: (url: string) => string }): OutgoingChat | string {
	if (rendered.text === '' && rendered.imageUrl === '' && kakao === undefined) return 'The text is empty for this person. Give what it shows a default, then use Journey Control: Retry Held.';
	const wrong = [rendered.imageUrl, ...rendered.buttons.map(({ url }) => url)].find((url) => url !== '' && !(isWebAddress(url) && URL.canParse(url)));
	if (wrong !== undefined) return 'The address of a picture or button is no http or https address for this person. Give what it shows a default, then use Journey Control: Retry Held.';
	const { service, problem, mostUrl = Number.POSITIVE_INFINITY } = chatRules(provider.kind);
	if (rendered.buttons.some(({ url }) => url.length > mostUrl)) return `The address of a button has more than the ${mostUrl} characters that ${service} takes. Make it shorter, then use Journey Control: Retry Held.`;
	// Better a click that is not counted than a message that is not sent.
	const led = (url: string): string => {
		const tracked = linked(url);
		return tracked.length > mostUrl ? url : tracked;
	};
	const smsFrom = kakao?.smsFrom ?? stepsOwn;
	const message: OutgoingChat = {
		id, to, text: chatText(format, rendered.text, linked), buttons: rendered.buttons.map(({ label, url }) => ({ label, url: led(url) })), silent,
		...(rendered.imageUrl === '' ? {} : { imageUrl: rendered.imageUrl }),
		...(kakao === undefined ? {} : { kakao: { pfId: kakao.pfId, templateId: kakao.templateId, variables: rendered.variables, ...(smsFrom === undefined ? {} : { smsFrom }) } }),
	};
	return problem(message) ?? message;
}
