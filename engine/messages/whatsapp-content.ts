import type { FilledTemplate, WhatsAppBody, WhatsAppConfig } from '../channels/types';
import type { WhatsAppChoice, WhatsAppContent, WhatsAppTemplateContent } from './whatsapp-types';

/** What the service is given; or what is missing of it for this person. */
export function bodyOf(content: WhatsAppContent, { kind: service }: Pick<WhatsAppConfig, 'kind'>): { body: WhatsAppBody } | { missing: string } {
	switch (content.kind) {
		case 'text':
			return content.text === '' ? { missing: 'The text is empty' } : { body: { kind: 'text', text: content.text, previewUrl: content.previewUrl ?? false } };
		case 'media':
			if (!isWebAddress(content.url)) return { missing: 'The media URL is no web address' };
			return { body: { kind: 'media', type: content.type, url: content.url, caption: content.caption ?? '', fileName: content.fileName ?? '' } };
		case 'interactive':
			return interactiveBody(content);
		case 'template': {
			const template = filled(content, service);
			const missing = missingIn(template, service);
			return missing === null ? { body: { kind: 'template', template } } : { missing };
		}
	}
}

/** Meta's limits (https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages), in characters. */
const MOST = { text: 1_024, aside: 60, button: 20, title: 24, description: 72, id: 200, buttons: 3, rows: 10 } as const;

function interactiveBody({ text, header = '', footer = '', buttons = [], list }: Extract<WhatsAppContent, { kind: 'interactive' }>): { body: WhatsAppBody } | { missing: string } {
	const idOf = ({ id = '', title }: WhatsAppChoice) => (id === '' ? title : id);
	const pressed = buttons.filter(({ title }) => title !== '').map((one) => ({ id: idOf(one), title: one.title }));
	const rows = (list?.rows ?? []).filter(({ title }) => title !== '').map((one) => ({ id: idOf(one), title: one.title, description: one.description ?? '', section: one.section ?? '' }));
	const ids = [...pressed, ...rows].map(({ id }) => id);
	const too: Array<[boolean, string]> = [
		[text === '', 'The text is empty'], [text.length > MOST.text, `The text has more than ${MOST.text} characters`], [header.length > MOST.aside, `The header has more than ${MOST.aside} characters`], [footer.length > MOST.aside, `The footer has more than ${MOST.aside} characters`],
		[ids.length === 0, 'There is no answer to choose'], [list === undefined && pressed.length > MOST.buttons, `There are more than ${MOST.buttons} buttons`], [rows.length > MOST.rows, `The list has more than ${MOST.rows} rows`],
		[pressed.some(({ title }) => title.length > MOST.button), `A button has more than ${MOST.button} characters`], [rows.some(({ title }) => title.length > MOST.title), `A row of the list has more than ${MOST.title} characters`],
		[rows.some(({ description }) => description.length > MOST.description), `A description has more than ${MOST.description} characters`], [ids.some((id) => id.length > MOST.id), `An ID has more than ${MOST.id} characters`],
		[new Set(ids).size < ids.length, 'Two answers have the same ID'], [list !== undefined && (list.button === '' || list.button.length > MOST.button), `The button that opens the list has no label, or one of more than ${MOST.button} characters`],
	];
	const problem = too.find(([isSo]) => isSo);
	if (problem !== undefined) return { missing: problem[1] };
	const titles = [...new Set(rows.map(({ section }) => section))];
	if (titles.length > 1 && titles.some((title) => title === '' || title.length > MOST.title)) return { missing: `A section of the list has no title, or one of more than ${MOST.title} characters` };
	const sections = titles.map((title) => ({ title, rows: rows.flatMap(({ section, ...row }) => (section === title ? [row] : [])) }));
	return { body: { kind: 'interactive', text, header, footer, buttons: list === undefined ? pressed : [], list: list === undefined ? null : { button: list.button, sections } } };
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
	// From where blanks begin: of very many without a line break each is then looked at once.
	return text.replace(/(?<!\s)\s*[\n\t]\s*/g, ' ').replace(/ {5,}/g, '    ').trim();
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
