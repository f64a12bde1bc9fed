type ToText = (html: string) => string;

let converter: Promise<ToText> | undefined;

/** The plain-text part of a mail from its HTML: links as `text <address>`, hidden parts (the preheader) left out. */
export function plainTextConverter(): Promise<ToText> {
	converter ??= import('html-to-text').then(({ compile }) =>
		compile({
			wordwrap: 78,
			formatters: {
				imageText(element, _walk, builder) {
					const text: unknown = element.attribs?.alt;
					if (typeof text === 'string' && text.trim() !== '') builder.addInline(text);
				},
			},
			selectors: [
				// RFC 3986 (appendix C) sets addresses off with <>: mail programs end the link at the bracket.
				{ selector: 'a', options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true, linkBrackets: ['<', '>'] } },
				{ selector: 'img', format: 'imageText' },
				...[1, 2, 3, 4, 5, 6].map((level) => ({ selector: `h${level}`, options: { uppercase: false } })),
				{ selector: '[data-preheader]', format: 'skip' },
				{ selector: '[style*="display:none"]', format: 'skip' },
				{ selector: '[style*="display: none"]', format: 'skip' },
			],
		}),
	);
	return converter;
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
