import { Parser } from 'htmlparser2';

import { isWebAddress } from './sign';

export interface Decoration {
	/** Address of the open pixel; none when absent. */
	openUrl?: string;
	/** The address in place of a link; `index` counts the tracked links of the mail from 0. Links stay when absent. */
	clickUrl?: (url: string, index: number) => string;
	/** Addresses left alone wherever they stand: unsubscribe and preferences pages. */
	untracked?: readonly string[];
}

/** An address in the HTML: where its attribute stands, and the address as a browser would read it. */
interface Link {
	start: number;
	end: number;
	url: string;
}

interface Findings {
	links: Link[];
	/** Offset of the body's end tag, else of html's, else null. */
	end: number | null;
}

/** Bytes of an address that is tracked. Its token is a third longer, and HTTP servers take 16 KB of headers in all. */
const MAX_TRACKED = 8_000;

/** VML elements that carry the links of buttons in Outlook, inside conditional comments. */
const LINK_TAGS = new Set(['a', 'area', 'v:roundrect', 'v:rect', 'v:shape', 'v:oval']);

/**
 * Rewrites the http(s) links of <a> and <area> and adds the open pixel before </body>. Everything else stays byte for
 * byte: the parser only says where attributes stand. Left alone are mailto:, tel:, anchors, `untracked` addresses and
 * elements with data-no-track; Outlook's conditional comments are read like the rest.
 */
export function decorateHtml(html: string, decoration: Decoration): string {
	const { links, end } = find(html);
	const untracked = new Set(decoration.untracked);
	let result = '';
	let from = 0;
	let index = 0;
	const copyTo = (offset: number): void => {
		result += html.slice(from, offset);
		from = offset;
	};
	const edits: Array<{ at: number; apply: () => void }> = [];
	if (decoration.clickUrl) {
		const { clickUrl } = decoration;
		for (const link of links) {
			if (untracked.has(link.url) || Buffer.byteLength(link.url) > MAX_TRACKED) continue;
			edits.push({
				at: link.start,
				apply: () => {
					copyTo(link.start);
					result += `href="${escapeAttribute(clickUrl(link.url, index++))}"`;
					from = link.end;
				},
			});
		}
	}
	if (decoration.openUrl !== undefined) {
		const at = end ?? html.length;
		const size = 'width="1" height="1" alt="" style="display:block;border:0;width:1px;height:1px;"';
		const pixel = `<img src="${escapeAttribute(decoration.openUrl)}" ${size}>`;
		edits.push({
			at,
			apply: () => {
				copyTo(at);
				result += pixel;
			},
		});
	}
	for (const edit of edits.sort((a, b) => a.at - b.at)) edit.apply();
	return result + html.slice(from);
}

function find(html: string): Findings {
	const links: Link[] = [];
	let bodyEnd: number | null = null;
	let htmlEnd: number | null = null;
	let tag = '';
	let link: Link | null = null;
	let hasHref = false;
	let noTrack = false;
	const parser = new Parser({
		onopentagname(name) {
			tag = name;
			link = null;
			hasHref = false;
			noTrack = false;
		},
		onattribute(name, value) {
			if (name === 'data-no-track') noTrack = true;
			// Of two href attributes browsers take the first.
			if (name !== 'href' || hasHref || !LINK_TAGS.has(tag)) return;
			hasHref = true;
			const url = asBrowsersRead(value);
			if (isWebAddress(url)) link = { start: parser.startIndex, end: parser.endIndex, url };
		},
		onopentag() {
			if (link && !noTrack) links.push(link);
			link = null;
		},
		oncomment(data) {
			const conditional = /^(\[if [^\]]*\]>)([\s\S]*)<!\[endif\]$/i.exec(data);
			if (!conditional) return;
			const offset = parser.startIndex + '<!--'.length + conditional[1]!.length;
			for (const inner of find(conditional[2]!).links) {
				links.push({ ...inner, start: inner.start + offset, end: inner.end + offset });
			}
		},
		onclosetag(name, implied) {
			if (implied) return;
			if (name === 'body') bodyEnd = parser.startIndex;
			if (name === 'html') htmlEnd = parser.startIndex;
		},
	});
	parser.end(html);
	return { links, end: bodyEnd ?? htmlEnd };
}

/** https://url.spec.whatwg.org: spaces around an address and line breaks and tabs inside it do not count. */
function asBrowsersRead(value: string): string {
	return value.replace(/[\t\n\r]/g, '').replace(/^[\0-\x20]+|[\0-\x20]+$/g, '');
}

function escapeAttribute(value: string): string {
	return value.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
