import { whatsAppProvider } from '../channels/whatsapp';
import type { OutgoingWhatsApp, WhatsAppConfig } from '../channels/types';
import { EngineError } from '../kernel';
import { compileMessage, sourcesOf, type RenderScope } from '../templates';
import { brokenBy } from './broken';
import type { Linking, MessageChannel, MessageFacts, Rendering } from './channel';
import { contentOf } from './content';
import { blocksOf, scopeOf } from './content-facts';
import type { Addressed } from './guards';
import { messageLinks, type MessageLinks } from './message-links';
import { pageLinks } from './page-links';
import { withTrackedLinks } from './tracked-links';
import { checkTemplates } from './whatsapp-check';
import { bodyOf } from './whatsapp-content';
import type { WhatsAppContent, WhatsAppMaking, WhatsAppSendRequest } from './whatsapp-types';

export const TEMPLATE_INSTEAD = 'the 24-hour window was closed: the template was sent instead';

export const whatsAppChannel: MessageChannel<WhatsAppSendRequest, OutgoingWhatsApp> = {
	name: 'whatsapp',
	words: { message: 'WhatsApp message', marketing: 'marketing messages', contact: 'contact phone', contactField: 'Contact Phone' },
	connections: 10,
	provider: whatsAppProvider,
	check: async (request) => {
		await checkMaking(request.step.name, request, request.provider);
	},
	texts: (request, item) => whatsAppTexts(request, contentOf(request, item)),
	// Templates may go at any time. Without content: of a template of ours that is not published, so that nothing goes.
	ledger: (request) => ((request.content as WhatsAppContent | undefined)?.kind === 'template' ? {} : { window: { sender: senderOf(request, request.provider), whenClosed: request.whenClosed === undefined ? 'skip' : 'instead' } }),
	render,
	answeredAt: (request) => senderOf(request, request.provider),
};

/** All texts with Liquid, of what goes instead too. */
export function whatsAppTexts({ whenClosed }: Pick<WhatsAppMaking, 'whenClosed'>, content: WhatsAppContent): string[] {
	return [content, ...(whenClosed === undefined ? [] : [whenClosed])].flatMap(sourcesOf);
}

/** Throws TEMPLATE_INVALID, BAD_INPUT. */
export async function checkMaking(step: string, making: WhatsAppMaking, config: WhatsAppConfig): Promise<void> {
	if (senderOf(making, config) === '') throw new EngineError('BAD_INPUT', `"${step}" has no sender. Fill in From with a WhatsApp number or messaging service of the Twilio account; nothing was sent.`);
	if (making.content.kind === 'interactive' && config.kind === 'twilio') throw new EngineError('BAD_INPUT', `"${step}" has buttons, which at Twilio are part of a content template. Choose a template, or Meta Cloud API; nothing was sent.`);
	for (const content of [making.content, making.whenClosed]) if (content !== undefined) await compileMessage('whatsapp', content);
	await checkTemplates(step, making, config);
}

/** As the service knows it, and as its callbacks name whom people wrote to. */
export function senderOf({ from }: Pick<WhatsAppMaking, 'from'>, config: WhatsAppConfig): string {
	const given = from.trim().replace(/^whatsapp:/i, '');
	return given === '' && config.kind === 'meta' ? config.phoneNumberId : given;
}

async function render(request: WhatsAppSendRequest, person: Addressed, linking: Linking, facts: MessageFacts): Promise<Rendering<OutgoingWhatsApp>> {
	const { work, to, windowClosed } = person;
	const usual = contentOf(request, work.item);
	const instead = windowClosed === true && usual.kind !== 'template' ? request.whenClosed : undefined;
	const content = instead ?? usual;
	const links = messageLinks(linking, work.message);
	// Of the two that it may be, only what goes says which links it needs.
	const pages = pageLinks([...sourcesOf(content), ...blocksOf(content)], person, linking, { nowMs: facts.nowMs, requests: facts.requests });
	if ('broken' in pages) return { kind: 'broken', reason: pages.broken };
	try {
		const written = await withLiquid(content, scopeOf(facts, person, links === null ? {} : { unsubscribeUrl: links.unsubscribe, ...pages.links }));
		const made = bodyOf(request.trackClicks ? tracked(written, links, Object.values(pages.links)) : written, request.provider);
		if ('missing' in made) return { kind: 'broken', reason: `${made.missing} for this person. Give what it shows a default, then use Journey Control: Retry Held.` };
		return { kind: 'ready', note: instead === undefined ? null : TEMPLATE_INSTEAD, message: { id: work.message, to, from: senderOf(request, request.provider), body: made.body, ...callbackOf(request, linking, work.message) } };
	} catch (error) {
		return brokenBy(error, whatsAppChannel.words.message);
	}
}

/** With Liquid filled in. Throws TEMPLATE_INVALID. */
export async function withLiquid(content: WhatsAppContent, scope: RenderScope): Promise<WhatsAppContent> {
	return (await compileMessage('whatsapp', content)).render(scope);
}

/** Only what is read as text: values of templates are shown as they are approved. */
function tracked(content: WhatsAppContent, links: MessageLinks | null, pages: readonly string[]): WhatsAppContent {
	if (links === null) return content;
	switch (content.kind) {
		case 'interactive':
		case 'text':
			return { ...content, text: withTrackedLinks(content.text, links, pages) };
		case 'media':
			return { ...content, caption: withTrackedLinks(content.caption ?? '', links, pages) };
		case 'template':
			return content;
	}
}

/** Meta tells everything at one address and gives our id back. */
function callbackOf({ provider }: WhatsAppSendRequest, { address }: Linking, message: string): Pick<OutgoingWhatsApp, 'callbackUrl'> {
	return address === null || provider.kind === 'meta' ? {} : { callbackUrl: `${address}/callbacks/${provider.kind}?message=${encodeURIComponent(message)}` };
}
