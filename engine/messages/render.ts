import { emailProvider } from '../channels/email';
import type { OutgoingEmail } from '../channels/types';
import { compileEmailCached } from '../templates';
import type { RenderedEmail } from '../templates/types';
import { decorateHtml, unsubscribeHeaders } from '../tracking';
import { brokenBy } from './broken';
import type { Linking, MessageChannel, Rendering } from './channel';
import { contentOf } from './content';
import type { Addressed } from './guards';
import { messageLinks, type MessageLinks } from './message-links';
import { pageLinks, type PageFacts } from './page-links';
import type { AnySendItem, EmailSendRequest } from './types';

export const emailChannel: MessageChannel<EmailSendRequest, OutgoingEmail> = {
	name: 'email',
	words: { message: 'mail', marketing: 'marketing mail', contact: 'contact email', contactField: 'Contact Email' },
	connections: 5,
	provider: emailProvider,
	check: async (request) => {
		if (request.items.some((item) => item.content === undefined)) await compileEmailCached(request.content);
	},
	texts: textsOf,
	render: renderFor,
};

function textsOf(request: EmailSendRequest, item: AnySendItem): string[] {
	const { subject, preheader = '', body } = contentOf(request, item);
	return [subject, preheader, body.source];
}

/** One contact's mail: Liquid, then tracking links, pixel and List-Unsubscribe. A template that fails for this contact says why. */
async function renderFor(request: EmailSendRequest, person: Addressed, linking: Linking, facts: PageFacts): Promise<Rendering<OutgoingEmail>> {
	const { work, to } = person;
	const links = messageLinks(linking, work.message);
	const pages = pageLinks(textsOf(request, work.item), person, linking, facts);
	if ('broken' in pages) return { kind: 'broken', reason: pages.broken };
	try {
		const compiled = await compileEmailCached(contentOf(request, work.item));
		const rendered = await compiled.render({
			profile: person.profile, journey: person.journey, event: person.event, item: work.item.item,
			links: links === null ? {} : { unsubscribeUrl: links.unsubscribe, ...pages.links },
		});
		return {
			kind: 'ready',
			message: {
				id: work.message, to, from: request.from, ...(request.replyTo === undefined ? {} : { replyTo: request.replyTo }),
				subject: rendered.subject, text: rendered.text, html: decorated(request, rendered, links, Object.values(pages.links)),
				headers: request.purpose === 'marketing' && links !== null ? unsubscribeHeaders(links.unsubscribe) : {},
			},
		};
	} catch (error) {
		return brokenBy(error, emailChannel.words.message);
	}
}

function decorated(request: EmailSendRequest, rendered: RenderedEmail, links: MessageLinks | null, pages: readonly string[]): string {
	if (links === null) return rendered.html;
	return decorateHtml(rendered.html, {
		// Never wrapped, so that unsubscribing and confirming stay one step.
		untracked: [links.unsubscribe, ...pages],
		...(request.trackOpens ? { openUrl: links.open } : {}),
		...(request.trackClicks ? { clickUrl: links.click } : {}),
	});
}
