import { Parser } from 'htmlparser2';

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
	/** Every address of <a>, <area> and Outlook's buttons, web or not, but those with data-no-track. */
	links: Link[];
	/** Offset of the body's end tag, else of html's, else null. */
	end: number | null;
	/** Names of all tags and attributes, for who looks for something that is no name. */
	names: Set<string>;
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
	const { links, end } = findLinks(html);
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
			if (!isTrackable(link.url, untracked)) continue;
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
		const pixel = pixelTag(decoration.openUrl);
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

function isTrackable(url: string, untracked: ReadonlySet<string>): boolean {
	return isWebAddress(url) && !untracked.has(url) && Buffer.byteLength(url) <= MAX_TRACKED;
}

export function isWebAddress(address: string): boolean {
	return /^https?:\/\//i.test(address);
}

function pixelTag(openUrl: string): string {
	return `<img src="${escapeAttribute(openUrl)}" width="1" height="1" alt="" style="display:block;border:0;width:1px;height:1px;">`;
}

function findLinks(html: string): Findings {
	const links: Link[] = [];
	const names = new Set<string>();
	let bodyEnd: number | null = null;
	let htmlEnd: number | null = null;
	let tag = '';
	let link: Link | null = null;
	let hasHref = false;
	let noTrack = false;
	const parser = new Parser({
		onopentagname(name) {
			tag = name;
			names.add(name);
			link = null;
			hasHref = false;
			noTrack = false;
		},
		onattribute(name, value) {
			names.add(name);
			if (name === 'data-no-track') noTrack = true;
			// Of two href attributes browsers take the first.
			if (name !== 'href' || hasHref || !LINK_TAGS.has(tag)) return;
			hasHref = true;
			link = { start: parser.startIndex, end: parser.endIndex, url: asBrowsersRead(value) };
		},
		onopentag() {
			if (link && !noTrack) links.push(link);
			link = null;
		},
		oncomment(data) {
			const conditional = /^(\[if [^\]]*\]>)([\s\S]*)<!\[endif\]$/i.exec(data);
			if (!conditional) return;
			const offset = parser.startIndex + '<!--'.length + conditional[1]!.length;
			const inside = findLinks(conditional[2]!);
			for (const inner of inside.links) links.push({ ...inner, start: inner.start + offset, end: inner.end + offset });
			for (const name of inside.names) names.add(name);
		},
		onclosetag(name, implied) {
			if (implied) return;
			if (name === 'body') bodyEnd = parser.startIndex;
			if (name === 'html') htmlEnd = parser.startIndex;
		},
	});
	parser.end(html);
	return { links, end: bodyEnd ?? htmlEnd, names };
}

/** https://url.spec.whatwg.org: spaces around an address and line breaks and tabs inside it do not count. */
function asBrowsersRead(value: string): string {
	return value.replace(/[\t\n\r]/g, '').replace(/^[\0-\x20]+|[\0-\x20]+$/g, '');
}

function escapeAttribute(value: string): string {
	return value.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/*
 * What decorateHtml does to each mail by reading its HTML, prepared once for a template: marks in place of the links' quotes and of the pixel. No
 * value of a person can hold a mark (liquid.ts takes them out), so one pass over the rendered mail finds them all.
 */

/** Begin and end of an address, and the pixel's place. */
const [BEGIN, END, PIXEL] = ['\u0001', '\u0002', '\u0003'];
const MARKS = /\u0001([^\u0002]*)\u0002|\u0003/g;

/** Marks in a template whose Liquid is held as words; null when Liquid stands where only a look at each mail tells the links: in names of tags and attributes. */
export function markLinks(held: string, words: RegExp): string | null {
	const { links, end, names } = findLinks(held);
	for (const name of names) if (name.search(words) !== -1) return null;
	const edits = links.map(({ start, end: until }) => {
		const [, value = ''] = /^[^=]*=\s*([\s\S]*)$/.exec(held.slice(start, until)) ?? [];
		const quote = value.startsWith('"') || value.startsWith('\'') ? value[0] : '';
		const inside = quote === '' ? value : value.slice(1, value.endsWith(quote ?? '') ? -1 : undefined);
		return { at: start, until, text: `href="${BEGIN}${quote === '"' ? inside : inside.replace(/"/g, '&quot;')}${END}"` };
	});
	edits.push({ at: end ?? held.length, until: end ?? held.length, text: PIXEL });
	let marked = '';
	let from = 0;
	for (const edit of edits.sort((a, b) => a.at - b.at)) {
		marked += held.slice(from, edit.at) + edit.text;
		from = edit.until;
	}
	return marked + held.slice(from);
}

export function fillMarks(html: string, { openUrl, clickUrl, untracked }: Decoration): string {
	const alone = new Set(untracked);
	let index = 0;
	return html.replace(MARKS, (mark, inside?: string) => {
		if (mark === PIXEL) return openUrl === undefined ? '' : pixelTag(openUrl);
		if (clickUrl === undefined || inside === undefined) return inside ?? '';
		const url = asBrowsersRead(decoded(inside));
		return isTrackable(url, alone) ? escapeAttribute(clickUrl(url, index++)) : inside;
	});
}

const USUAL: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#34;': '"', '&#39;': '\'' };

/** What a browser reads of an attribute's text. */
function decoded(text: string): string {
	if (!text.includes('&')) return text;
	let strange = false;
	const usual = text.replace(/&[a-z0-9#]*;?/gi, (entity) => USUAL[entity] ?? ((strange = true), entity));
	if (!strange) return usual;
	let value = '';
	const parser = new Parser({ onattribute: (_name, found) => void (value = found) });
	parser.end(`<a href="${text.replace(/"/g, '&quot;')}">`);
	return value;
}
