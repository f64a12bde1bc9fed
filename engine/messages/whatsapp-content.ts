import type { FilledTemplate, WhatsAppBody, WhatsAppConfig, WhatsAppHeader } from '../channels/types';
import type { TextsContent } from '../templates';
import type { WhatsAppContent, WhatsAppTemplateContent } from './whatsapp-types';

type Field = TextsContent['fields'][number]['field'];

/** The same content with each of its texts as `map` gives it, always in the same order. */
export function mapTexts<Content extends WhatsAppContent>(content: Content, map: (source: string, field: Field) => string): Content;
export function mapTexts(content: WhatsAppContent, map: (source: string, field: Field) => string): WhatsAppContent {
	switch (content.kind) {
		case 'text':
			return { ...content, text: map(content.text, 'text') };
		case 'media':
			return { ...content, url: map(content.url, 'media'), caption: map(content.caption ?? '', 'caption'), fileName: map(content.fileName ?? '', 'fileName') };
		case 'template':
			return {
				...content, language: map(content.language, 'language'),
				...(content.code === undefined ? {} : { code: map(content.code, 'code') }),
				...(content.header === undefined ? {} : { header: mapHeader(content.header, map) }),
				body: (content.body ?? []).map((parameter) => ({ ...parameter, text: map(parameter.text, 'parameter') })),
				buttons: (content.buttons ?? []).map((button) => ({ ...button, text: map(button.text, 'button') })),
			};
	}
}

function mapHeader(header: WhatsAppHeader, map: (source: string, field: Field) => string): WhatsAppHeader {
	switch (header.kind) {
		case 'text':
			return { ...header, text: map(header.text, 'header') };
		case 'document':
			return { ...header, url: map(header.url, 'header'), fileName: map(header.fileName ?? '', 'fileName') };
		default:
			return { ...header, url: map(header.url, 'header') };
	}
}

/** The same object for each person of a batch: what is compiled is found by it. */
const known = new WeakMap<WhatsAppContent, TextsContent>();

export function fieldsOf(content: WhatsAppContent): TextsContent {
	const kept = known.get(content);
	if (kept !== undefined) return kept;
	const fields: Array<TextsContent['fields'][number]> = [];
	mapTexts(content, (source, field) => {
		fields.push({ field, source });
		return source;
	});
	known.set(content, { fields });
	return { fields };
}

/** With what was rendered of fieldsOf() in the place of its texts. */
export function withTexts<Content extends WhatsAppContent>(content: Content, rendered: readonly string[]): Content {
	let n = 0;
	return mapTexts(content, () => rendered[n++] ?? '');
}

/** What the service is given; or what is missing of it for this person. */
export function bodyOf(content: WhatsAppContent, { kind: service }: Pick<WhatsAppConfig, 'kind'>): { body: WhatsAppBody } | { missing: string } {
	switch (content.kind) {
		case 'text':
			return content.text === '' ? { missing: 'The text is empty' } : { body: { kind: 'text', text: content.text, previewUrl: content.previewUrl ?? false } };
		case 'media':
			if (!isWebAddress(content.url)) return { missing: 'The media URL is no web address' };
			return { body: { kind: 'media', type: content.type, url: content.url, caption: content.caption ?? '', fileName: content.fileName ?? '' } };
		case 'template': {
			const template = filled(content, service);
			const missing = missingIn(template, service);
			return missing === null ? { body: { kind: 'template', template } } : { missing };
		}
	}
}

/** With the code where an authentication template wants it, and parameters in the order and by the names that the service wants. */
export function filled({ id, language, code, header, body = [], buttons = [] }: WhatsAppTemplateContent, service: WhatsAppConfig['kind']): FilledTemplate {
	const of = { id, language: service === 'meta' ? language : '' };
	if (code !== undefined) return { ...of, header: null, body: [{ name: '', text: oneLine(code) }], buttons: service === 'meta' ? [{ index: 0, kind: 'url', text: oneLine(code) }] : [] };
	const named = body.map(({ name = '', text }, index) => ({ name: name.trim() === '' ? String(index + 1) : name.trim(), text: oneLine(text) }));
	const numbered = named.every(({ name }) => /^\d+$/.test(name));
	if (numbered) named.sort((a, b) => Number(a.name) - Number(b.name));
	return {
		...of, header: header === undefined ? null : header.kind === 'text' ? { ...header, text: oneLine(header.text) } : header,
		body: numbered && service === 'meta' ? named.map(({ text }) => ({ name: '', text })) : named,
		buttons: buttons.map((button) => ({ ...button, text: oneLine(button.text) })),
	};
}

/** WhatsApp refuses values with line breaks, tabs or more than four blanks in a row. */
function oneLine(text: string): string {
	return text.replace(/\s*[\n\t]\s*/g, ' ').replace(/ {5,}/g, '    ').trim();
}

function missingIn({ language, header, body, buttons }: FilledTemplate, service: WhatsAppConfig['kind']): string | null {
	if (service === 'meta' && language === '') return 'The language of the template is empty';
	if (header?.kind === 'text' && header.text === '') return 'The header of the template is empty';
	if (header !== null && header.kind !== 'text' && !isWebAddress(header.url)) return 'The header of the template has no web address';
	const empty = body.findIndex(({ text }) => text === '');
	if (empty >= 0) return `Parameter ${body[empty]?.name || empty + 1} of the template is empty`;
	const button = buttons.find(({ text }) => text === '');
	return button === undefined ? null : `The value of button ${button.index + 1} of the template is empty`;
}

function isWebAddress(url: string): boolean {
	return /^https?:\/\//i.test(url) && URL.canParse(url);
}
