import type { MessageLinks } from './message-links';

/** What ends a sentence is no part of the address before it. */
const LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'’”]/giu;

/** A plain text whose links lead through the collector, but for those to our own pages. */
export function withTrackedLinks(text: string, links: MessageLinks, pages: readonly string[]): string {
	let index = 0;
	return text.replace(LINK, (url) => (url === links.unsubscribe || pages.includes(url) ? url : links.click(url, index++)));
}
