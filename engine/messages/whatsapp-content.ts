import type { FilledTemplate, WhatsAppBody, WhatsAppConfig } from '../channels/types';
import type { WhatsAppContent, WhatsAppTemplateContent } from './whatsapp-types';

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
