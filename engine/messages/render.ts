import { isEngineError } from '../kernel';
import { compileEmailCached, type Decoration } from '../templates';
import { signToken, unsubscribeHeaders, withUtm } from '../tracking';
import type { OutgoingEmail } from '../channels/types';
import { contentOf } from './content';
import type { Addressed } from './guards';
import { pageLinks, type PageFacts } from './page-links';
import type { EmailSendRequest } from './types';

/** How links in a mail are made: where they point and what they are signed with. */
export interface Linking {
	/** Base URL without trailing slash; null: no route is known (transactional mail only). */
	address: string | null;
	secret: Uint8Array;
}

export type Rendering = { kind: 'ready'; email: OutgoingEmail } | { kind: 'broken'; reason: string };

/** One contact's mail: Liquid, then tracking links, pixel and List-Unsubscribe. A template that fails for this contact says why. */
export async function renderFor(request: EmailSendRequest, person: Addressed, linking: Linking, facts: PageFacts): Promise<Rendering> {
	const { work, to } = person;
	const links = messageLinks(linking, work.message);
	const pages = pageLinks(request, person, linking, facts);
	if ('broken' in pages) return { kind: 'broken', reason: pages.broken };
	try {
		const compiled = await compileEmailCached(contentOf(request, work.item));
		const rendered = await compiled.render({
			profile: person.profile, journey: person.journey, event: person.event, item: work.item.item,
			links: links === null ? {} : { unsubscribeUrl: links.unsubscribe, ...pages.links },
		}, decorationOf(request, person, links, Object.values(pages.links)));
		return {
			kind: 'ready',
			email: {
				id: work.message, to, from: request.from, ...(request.replyTo === undefined ? {} : { replyTo: request.replyTo }),
				subject: rendered.subject, text: rendered.text, html: rendered.html,
				headers: request.purpose === 'marketing' && links !== null ? unsubscribeHeaders(links.unsubscribe) : {},
			},
		};
	} catch (error) {
		// Never thrown: one person's data must not take the batch along, whose other mails may be under way.
		if (isEngineError(error)) return { kind: 'broken', reason: error.message };
		return { kind: 'broken', reason: `The mail could not be made for this person (${error instanceof Error ? error.name : 'unknown error'}). Look for unusually long or deeply nested content in what the template shows, then use Journey Control: Retry Held.` };
	}
}

interface MessageLinks {
	open: string;
	unsubscribe: string;
	click(url: string, index: number): string;
}

function messageLinks({ address, secret }: Linking, message: string): MessageLinks | null {
	if (address === null) return null;
	return {
		open: `${address}/open?t=${signToken({ k: 'o', m: message }, secret)}`,
		unsubscribe: `${address}/unsubscribe?t=${signToken({ k: 'u', m: message }, secret)}`,
		click: (url, index) => {
			try {
				return `${address}/click?t=${signToken({ k: 'c', m: message, u: url, l: index }, secret)}`;
			} catch {
				// Too long to be signed: better a link that is not counted than a mail that is not sent.
				return url;
			}
		},
	};
}

function decorationOf(request: EmailSendRequest, { journey }: Addressed, links: MessageLinks | null, pages: readonly string[]): Decoration {
	const utm = request.utm === undefined ? null : { ...request.utm, campaign: request.utm.campaign || String(journey.name ?? ''), content: request.utm.content || request.step.name };
	const tagged = (url: string): string => (utm === null ? url : withUtm(url, utm));
	if (links === null) return utm === null ? {} : { clickUrl: tagged };
	return {
		// Never wrapped, so that unsubscribing and confirming stay one step.
		untracked: [links.unsubscribe, ...pages],
		...(request.trackOpens ? { openUrl: links.open } : {}),
		...(request.trackClicks ? { clickUrl: (url, index) => links.click(tagged(url), index) } : utm === null ? {} : { clickUrl: tagged }),
	};
}
