import { PREVIEW_LINKS } from '../preview';
import { found, type Found } from './finding';
import type { Markup } from './markup';

const OWN = new Set<string>(Object.values(PREVIEW_LINKS));
const SCHEMES = /^(?:https?|mailto|tel|sms):/i;
/** Addresses that stand for one that is still to come: names reserved by RFC 2606, this machine, words of a draft. */
const PLACEHOLDER = /^https?:\/\/(?:[^/]*\.)?(?:example\.(?:com|net|org)|[^/.]+\.(?:example|test|invalid|localhost)|localhost|127\.0\.0\.1)(?:[:/?#]|$)|^https?:\/\/?$|\b(?:TODO|FIXME|your-?(?:link|url|domain)|insert-?link)\b/i;

/** Links that lead nowhere. Whether web addresses are there is asked elsewhere (reach.ts). */
export function checkLinks(links: Markup['links']): Found[] {
	return links.flatMap(({ href, text }) => {
		const address = (href ?? '').trim();
		const name = text.replace(/\s+/g, ' ').trim();
		if (OWN.has(address)) return [];
		const where = { field: 'body', where: name === '' ? address : `${name} (${address === '' ? 'no address' : address})` };
		if (address === '') return [found('error', 'broken-link', where, 'A link has no address', 'Write where it leads. Where it comes from data, save test data that has it, or show the link only where there is one')];
		if (address === '#' || /^javascript:/i.test(address)) return [found('error', 'broken-link', where, 'A link leads nowhere', 'Write the address that it is meant to have')];
		if (address.startsWith('#')) return [];
		if (!SCHEMES.test(address)) return [found('error', 'broken-link', where, 'The address of a link is none that mail programs open', 'Begin it with https://, mailto: or tel:')];
		if (PLACEHOLDER.test(address)) return [found('error', 'placeholder-link', where, 'A link still leads to a placeholder', 'Write the address that it is meant to have')];
		if (/^http:/i.test(address)) return [found('hint', 'insecure-link', where, 'A link leads to a page without encryption', 'Begin it with https:// if the page has that')];
		if (/^https?:/i.test(address) && !URL.canParse(address)) return [found('error', 'broken-link', where, 'The address of a link cannot be read', 'Correct it')];
		return name === '' ? [found('warning', 'empty-link', where, 'A link has nothing to click', 'Put a text or a picture with a description into it')] : [];
	});
}

/** The web addresses to ask, each once. */
export function webAddresses(links: Markup['links']): string[] {
	return [...new Set(links.map(({ href }) => (href ?? '').trim()).filter((href) => /^https?:/i.test(href) && URL.canParse(href) && !PLACEHOLDER.test(href) && !OWN.has(href)))];
}
