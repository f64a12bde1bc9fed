import type { ChatFormat, ChatNode, ChatText } from './types';

/** What ends a sentence is no part of the address before it. */
const SENTENCE_END = /(\\?[.,;:!?)\]}'’”*~]|\\)$/u;
/** What Liquid escapes in people's values (templates/liquid-filters.ts). */
const ESCAPABLE = /\\([\\*_~`[\]()])/g;
const MARKS = [['**', 'bold'], ['~~', 'strike'], ['*', 'italic'], ['_', 'italic']] as const;
const WORD = /[\p{L}\p{N}]/u;

/** Reads what was written; `linked` gives the address that each link leads to. Never fails: marks that have no end are shown. */
export function chatText(format: ChatFormat, source: string, linked: (url: string) => string): ChatText {
	if (format === 'html') return { kind: 'html', html: withLinks(source, linked) };
	const reader: Reader = { marked: format === 'markdown', linked };
	return { kind: 'nodes', nodes: read(source, reader) };
}

interface Reader {
	marked: boolean;
	linked: (url: string) => string;
}

function read(source: string, reader: Reader): ChatNode[] {
	const nodes: ChatNode[] = [];
	let text = '';
	const flush = (): void => {
		if (text !== '') nodes.push({ kind: 'text', text });
		text = '';
	};
	for (let at = 0; at < source.length;) {
		const found = (reader.marked ? markedAt(source, at, reader) : null) ?? addressAt(source, at, reader);
		if (found === null) {
			text += source[at];
			at += 1;
		} else if ('shown' in found) {
			text += found.shown;
			at = found.end;
		} else {
			flush();
			nodes.push(found.node);
			at = found.end;
		}
	}
	flush();
	return nodes;
}

type Found = { end: number; shown: string } | { end: number; node: ChatNode };

function addressAt(source: string, at: number, { marked, linked }: Reader): Found | null {
	if (source[at] !== 'h' && source[at] !== 'H') return null;
	let address = /^https?:\/\/[^\s<>"]+/i.exec(source.slice(at))?.[0] ?? '';
	while (SENTENCE_END.test(address)) address = address.replace(SENTENCE_END, '');
	if (!/^https?:\/\/./i.test(address) || WORD.test(source[at - 1] ?? ' ')) return null;
	return { end: at + address.length, node: { kind: 'link', url: linked(marked ? unescaped(address) : address), children: null } };
}

function markedAt(source: string, at: number, reader: Reader): Found | null {
	const escape = /^\\([\\*_~`[\]()])/.exec(source.slice(at, at + 2));
	if (escape !== null) return { end: at + 2, shown: escape[1] ?? '' };
	if (source[at] === '`') {
		const end = closing(source, at + 1, '`');
		return end < 0 ? null : { end: end + 1, node: { kind: 'code', text: unescaped(source.slice(at + 1, end)) } };
	}
	if (source[at] === '[') return linkAt(source, at, reader);
	return spanAt(source, at, reader);
}

function linkAt(source: string, at: number, reader: Reader): Found | null {
	const middle = closing(source, at + 1, '](');
	const end = middle < 0 ? -1 : closingBracket(source, middle + 2);
	const url = end < 0 ? '' : unescaped(source.slice(middle + 2, end)).trim();
	if (!/^https?:\/\/\S+$/i.test(url)) return null;
	return { end: end + 1, node: { kind: 'link', url: reader.linked(url), children: read(source.slice(at + 1, middle), { ...reader, linked: (inner) => inner }) } };
}

function spanAt(source: string, at: number, reader: Reader): Found | null {
	for (const [mark, kind] of MARKS) {
		if (!source.startsWith(mark, at)) continue;
		const from = at + mark.length;
		// snake_case is no emphasis.
		if (/\s|^$/.test(source[from] ?? '') || (mark === '_' && WORD.test(source[at - 1] ?? ' '))) return null;
		const end = closing(source, from, mark);
		if (end <= from) return null;
		return { end: end + mark.length, node: { kind, children: read(source.slice(from, end), reader) } };
	}
	return null;
}

/** Where a mark ends, no escaped one; -1: nowhere. */
function closing(source: string, from: number, mark: string): number {
	for (let at = from; at < source.length; at += 1) {
		if (source[at] === '\\') at += 1;
		else if (source.startsWith(mark, at) && !(mark === '_' && WORD.test(source[at + 1] ?? ' '))) return at;
	}
	return -1;
}

/** Pairs of brackets belong to an address. */
function closingBracket(source: string, from: number): number {
	let open = 0;
	for (let at = from; at < source.length; at += 1) {
		if (source[at] === '\\') at += 1;
		else if (source[at] === '(') open += 1;
		else if (source[at] === ')' && (open -= 1) < 0) return at;
	}
	return -1;
}

function unescaped(text: string): string {
	return text.replace(ESCAPABLE, '$1');
}

/** Of Telegram's HTML: addresses of links, and those that stand between tags. */
function withLinks(html: string, linked: (url: string) => string): string {
	return html.split(/(<[^>]*>)/).map((part) => {
		if (part.startsWith('<')) return part.replace(/(\shref\s*=\s*")(https?:\/\/[^"]+)"/gi, (_whole, before: string, url: string) => `${before}${escapeHtml(linked(unescapeHtml(url)))}"`);
		return part.replace(/https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'’”]/giu, (url) => escapeHtml(linked(unescapeHtml(url))));
	}).join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escapeHtml(text: string): string {
	return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

export function unescapeHtml(text: string): string {
	return text.replace(/&(#\d+|#x[\da-f]+|amp|lt|gt|quot);/gi, (whole, name: string) => {
		if (name.startsWith('#')) {
			const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
			return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
		}
		return { amp: '&', lt: '<', gt: '>', quot: '"' }[name.toLowerCase()] ?? whole;
	});
}

/** Without any marks, as people read it. */
export function plainOf(text: ChatText): string {
	if (text.kind === 'html') return unescapeHtml(text.html.replace(/<[^>]*>/g, ''));
	return text.nodes.map(plainNode).join('');
}

function plainNode(node: ChatNode): string {
	switch (node.kind) {
		case 'text':
		case 'code':
			return node.text;
		case 'link':
			return node.children === null ? node.url : node.children.map(plainNode).join('');
		default:
			return node.children.map(plainNode).join('');
	}
}
