import { liquidFor, type LiquidTemplate } from './liquid';
import type { HeldText, RestoredText } from './placeholders';

type ToText = (html: string) => string;

/** RFC 3986 (appendix C) sets addresses off with <>: mail programs end the link at the bracket. */
const BRACKETS: [string, string] = ['<', '>'];
/** In a template: which address stands there is only known in each mail. No value holds these (liquid.ts takes them out). */
const MARKS: [string, string] = ['\u0001', '\u0002'];

const converters = new Map<string, Promise<ToText>>();

/** The plain-text part of a mail from its HTML: links as `text <address>`, hidden parts (the preheader) left out. */
export function plainTextConverter(linkBrackets: [string, string] = BRACKETS): Promise<ToText> {
	const key = linkBrackets.join('');
	const converter = converters.get(key) ?? import('html-to-text').then(({ compile }) =>
		compile({
			// Mail programs wrap; what is wrapped here breaks again on a narrow screen.
			wordwrap: false,
			formatters: {
				imageText(element, _walk, builder) {
					const text: unknown = element.attribs?.alt;
					if (typeof text === 'string' && text.trim() !== '') builder.addInline(text);
				},
			},
			selectors: [
				{ selector: 'a', options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true, linkBrackets } },
				{ selector: 'img', format: 'imageText' },
				...[1, 2, 3, 4, 5, 6].map((level) => ({ selector: `h${level}`, options: { uppercase: false } })),
				{ selector: '[data-preheader]', format: 'skip' },
				{ selector: '[style*="display:none"]', format: 'skip' },
				{ selector: '[style*="display: none"]', format: 'skip' },
			],
		}),
	);
	converters.set(key, converter);
	return converter;
}

/**
 * The text part as a template: the compiled HTML with its Liquid held as words is converted once, and the Liquid put back. Null where that would not be
 * what converting each mail gives: a tag that the conversion drops, or text that reads as Liquid when it is converted.
 */
export async function textTemplate(held: HeldText, html: string): Promise<LiquidTemplate | null> {
	const source = await textSource(held, html);
	if (source === null) return null;
	try {
		return (await liquidFor('plain')).parse(source.text, 'body', source.lineAt);
	} catch {
		return null;
	}
}

export async function textSource(held: HeldText, html: string): Promise<RestoredText | null> {
	const words = new Map<string, string>();
	// The same value has the same word, so that a link whose text is its address is written once.
	const same = html.replace(held.pattern, (word) => {
		const found = held.find(word);
		if (found === undefined || found.tag !== '') return word;
		const first = words.get(found.source) ?? word;
		words.set(found.source, first);
		return first;
	});
	const text = (await plainTextConverter(MARKS))(same);
	if (/\{\{|\{%/.test(text)) return null;
	const kept = new Set(text.match(held.pattern) ?? []);
	for (const word of new Set(html.match(held.pattern) ?? [])) if (held.find(word)?.tag !== '' && !kept.has(word)) return null;
	return held.restore(text);
}

/** The text part of one mail from its template: no empty address, no anchor of the page, no mailto: before an address. */
export function finishText(text: string): string {
	return tidyText(text.replace(/ ?\u0001(?:mailto:)?([^\u0002]*)\u0002/gi, (_all, address: string) => (address.trim() === '' || address.startsWith('#') ? '' : ` <${address}>`)));
}

/** Blocks that were left out or repeated leave empty lines behind. */
export function tidyText(text: string): string {
	return text.replace(/\r\n?/g, '\n').replace(/[ \t]+\n/g, '\n').replace(/\n{3,}/g, '\n\n').trim();
}

/** Plain content as a page: nothing but the text, with its web addresses as links. `head` is HTML in front of it. */
export function textPage(text: string, head: string): string {
	return [
		`<!doctype html>\n<html><head><meta charset="utf-8"><title></title></head>\n<body>${head}`,
		'<div style="font-family:sans-serif;font-size:15px;line-height:1.5;white-space:pre-wrap;">',
		linked(text),
		'</div></body></html>\n',
	].join('');
}

function linked(text: string): string {
	let html = '';
	let from = 0;
	for (const match of text.matchAll(/https?:\/\/[^\s<>"]+/gi)) {
		// A full stop or a bracket after an address belongs to the sentence.
		const address = match[0].replace(/[.,;:!?'")\]}]+$/, '');
		const escaped = escapeHtml(address);
		html += `${escapeHtml(text.slice(from, match.index))}<a href="${escaped}">${escaped}</a>`;
		from = match.index + address.length;
	}
	return html + escapeHtml(text.slice(from));
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\'': '&#39;' };

export function escapeHtml(text: string): string {
	return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
