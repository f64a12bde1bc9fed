import { Parser } from 'htmlparser2';

/** What the checks look at in a finished mail. */
export interface Markup {
	images: Array<{ src: string; alt: string | null; decorative: boolean }>;
	links: Array<{ href: string | null; text: string }>;
	/** What one reads, hidden parts left out. */
	text: string;
	language: string | null;
	/** Whether the head says how it looks in the dark. */
	colorScheme: boolean;
	/** Whether something hidden stands at the start, as a preheader does. */
	hiddenStart: boolean;
}

const SILENT = new Set(['head', 'script', 'style', 'title']);

export function readMarkup(html: string): Markup {
	const markup: Markup = { images: [], links: [], text: '', language: null, colorScheme: false, hiddenStart: false };
	const open: Array<{ name: string; silent: boolean }> = [];
	let link: Markup['links'][number] | null = null;
	const parser = new Parser({
		onopentag(name, attributes) {
			const hidden = /display\s*:\s*none/i.test(attributes.style ?? '');
			if (hidden && markup.text.trim() === '') markup.hiddenStart = true;
			open.push({ name, silent: SILENT.has(name) || hidden || (open.at(-1)?.silent ?? false) });
			if (name === 'html' && (attributes.lang ?? '') !== '') markup.language = attributes.lang ?? null;
			if (name === 'meta' && /^(supported-)?color-schemes?$/i.test(attributes.name ?? '')) markup.colorScheme = true;
			if (name === 'img') {
				markup.images.push({ src: attributes.src ?? '', alt: attributes.alt ?? null, decorative: attributes.width === '1' || attributes.height === '1' || attributes.role === 'presentation' });
				if (link !== null) link.text += attributes.alt ?? '';
			}
			if (name === 'a' || name === 'area') {
				link = { href: attributes.href ?? null, text: '' };
				// A place to jump to is no link.
				if (attributes.href !== undefined || (attributes.name === undefined && attributes.id === undefined)) markup.links.push(link);
			}
		},
		ontext(text) {
			if (open.at(-1)?.silent === true) {
				if (/color-scheme\s*:|prefers-color-scheme/i.test(text)) markup.colorScheme = true;
				return;
			}
			markup.text += text;
			if (link !== null) link.text += text;
		},
		onclosetag(name) {
			if (name === 'a') link = null;
			open.splice(Math.max(0, open.findLastIndex((one) => one.name === name)));
		},
	});
	parser.end(html);
	return { ...markup, text: markup.text.replace(/\s+/g, ' ').trim() };
}
