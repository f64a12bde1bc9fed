import { emailProvider } from '../channels/email';
import type { OutgoingEmail } from '../channels/types';
import { compileEmailCached, type Decoration } from '../templates';
import { unsubscribeHeaders, withUtm } from '../tracking';
import { brokenBy } from './broken';
import type { Linking, MessageChannel, MessageFacts, Rendering } from './channel';
import { contentOf } from './content';
import { scopeOf } from './content-facts';
import { checkExtras, extrasFor } from './extras';
import type { Addressed } from './guards';
import { messageLinks, type MessageLinks } from './message-links';
import { pageLinks } from './page-links';
import { checkReplyTracking, replyWays } from './reply-tracking';
import type { AnySendItem, EmailSendRequest } from './types';

export const emailChannel: MessageChannel<EmailSendRequest, OutgoingEmail> = {
	name: 'email',
	words: { message: 'mail', marketing: 'marketing mail', contact: 'contact email', contactField: 'Contact Email' },
	connections: 5,
	provider: emailProvider,
	check: async (request) => {
		checkExtras(request);
		checkReplyTracking(request);
		if (request.items.some((item) => item.content === undefined)) await compileEmailCached(request.content);
	},
	texts: textsOf,
	ledger: ({ from, files }) => ({ from, ...(files === undefined ? {} : { files }) }),
	render: renderFor,
};

function textsOf(request: EmailSendRequest, item: AnySendItem): string[] {
	const { subject, preheader = '', body } = contentOf(request, item);
	return [subject, preheader, body.source];
}

/** One contact's mail: Liquid, then tracking links, pixel and List-Unsubscribe. A template that fails for this contact says why. */
export async function renderFor(request: EmailSendRequest, person: Addressed, linking: Linking, facts: MessageFacts): Promise<Rendering<OutgoingEmail>> {
	const { work, to } = person;
	const links = messageLinks(linking, work.message);
	const ways = replyWays(request, work.message, linking);
	const pages = pageLinks(textsOf(request, work.item), person, linking, facts);
	if ('broken' in pages) return { kind: 'broken', reason: pages.broken };
	const extras = extrasFor(request.files ?? [], person, facts.extras);
	if ('broken' in extras) return { kind: 'broken', reason: extras.broken };
	try {
		const compiled = await compileEmailCached(contentOf(request, work.item));
		const rendered = await compiled.render(scopeOf(facts, person, links === null ? {} : { unsubscribeUrl: links.unsubscribe, ...pages.links }), decorationOf(request, person, links, Object.values(pages.links)));
		return {
			kind: 'ready',
			note: extras.note,
			message: {
				id: work.message, to, from: fromOf(request, work.item), ...(ways.replyTo === undefined ? {} : { replyTo: ways.replyTo }),
				subject: rendered.subject, text: rendered.text, html: rendered.html,
				...extras.mail,
				headers: { ...extras.headers, ...(request.purpose === 'marketing' && links !== null ? unsubscribeHeaders(links.unsubscribe, ways.unsubscribe) : {}) },
			},
		};
	} catch (error) {
		return brokenBy(error, emailChannel.words.message);
	}
}

/** A variant may be signed by somebody else; the address is what people and mail servers know. */
function fromOf({ from }: EmailSendRequest, { variant }: AnySendItem): EmailSendRequest['from'] {
	return variant?.senderName === undefined ? from : { ...from, name: variant.senderName };
}

function decorationOf(request: EmailSendRequest, { journey, work: { item: { variant } } }: Addressed, links: MessageLinks | null, pages: readonly string[]): Decoration {
	const utm = request.utm === undefined ? null : { ...request.utm, campaign: request.utm.campaign || String(journey.name ?? ''), content: [request.utm.content || request.step.name, ...(variant === undefined ? [] : [variant.name])].join(' - ') };
	const tagged = (url: string): string => (utm === null ? url : withUtm(url, utm));
	if (links === null) return utm === null ? {} : { clickUrl: tagged };
	return {
		// Never wrapped, so that unsubscribing and confirming stay one step.
		untracked: [links.unsubscribe, ...pages],
		...(request.trackOpens ? { openUrl: links.open } : {}),
		...(request.trackClicks ? { clickUrl: (url, index) => links.click(tagged(url), index) } : utm === null ? {} : { clickUrl: tagged }),
	};
}
