import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { WhatsAppButton, WhatsAppChoice, WhatsAppContent, WhatsAppHeader, WhatsAppMaking, WhatsAppMediaType, WhatsAppTemplateContent } from '../../engine';
import { nameIn, templateOf, type Made } from '../shared/fields';

/** One for the whole batch. Throws a NodeOperationError that names the field. */
export function contentIn(context: IExecuteFunctions): Made<WhatsAppContent> & Pick<WhatsAppMaking, 'whenClosed'> {
	const source = String(context.getNodeParameter('contentSource', 0));
	if (source === 'template') return { content: templateIn(context) };
	const template = templateOf(context, 'whatsapp');
	const made = template !== null ? { template } : { content: source === 'media' ? mediaIn(context) : source === 'interactive' ? interactiveIn(context) : textIn(context) };
	return context.getNodeParameter('whenClosed', 0, 'skip') === 'template' ? { ...made, whenClosed: templateIn(context) } : made;
}

function textIn(context: IExecuteFunctions): WhatsAppContent {
	const text = written(context, 'text');
	const { linkPreview = false } = context.getNodeParameter('options', 0, {}) as { linkPreview?: boolean };
	if (text.trim() !== '') return { kind: 'text', text, previewUrl: linkPreview };
	throw new NodeOperationError(context.getNode(), 'The message has no text', { description: "Fill in 'Text', or choose another 'Content'." });
}

function interactiveIn(context: IExecuteFunctions): WhatsAppContent {
	const text = written(context, 'text');
	const isList = context.getNodeParameter('answers', 0, 'buttons') === 'list';
	const lines = linesOf(context, isList ? 'rows' : 'replies').map((line) => Object.fromEntries(Object.entries(line).map(([name, value]) => [name, String(value ?? '').trim()]))).filter(({ title = '' }) => title !== '');
	if (text.trim() === '' || lines.length === 0) throw new NodeOperationError(context.getNode(), 'The message has no text or no answer to choose', { description: "Fill in 'Text', and add an answer with a title." });
	const [header, footer] = ['interactiveHeader', 'interactiveFooter'].map((name) => written(context, name).trim());
	const aside = { ...(header === '' ? {} : { header }), ...(footer === '' ? {} : { footer }) };
	const answers = lines as unknown as WhatsAppChoice[];
	return { kind: 'interactive', text, ...aside, ...(isList ? { list: { button: written(context, 'listButton').trim(), rows: answers } } : { buttons: answers }) };
}

function mediaIn(context: IExecuteFunctions): WhatsAppContent {
	const url = written(context, 'mediaUrl').trim();
	if (url === '') throw new NodeOperationError(context.getNode(), 'The message has no media', { description: "Fill in 'Media URL' with the public address of the file." });
	const type = context.getNodeParameter('mediaType', 0, 'image') as WhatsAppMediaType;
	return { kind: 'media', type, url, caption: written(context, 'caption'), fileName: written(context, 'fileName') };
}

function templateIn(context: IExecuteFunctions): WhatsAppTemplateContent {
	const id = nameIn(context.getNodeParameter('template', 0, ''));
	if (id === '') throw new NodeOperationError(context.getNode(), 'No template is chosen', { description: "Choose one under 'Template', or write its name. Templates are made in WhatsApp Manager or, at Twilio, in the Content Template Builder." });
	const isMeta = context.getNodeParameter('provider', 0) === 'meta';
	const template: WhatsAppTemplateContent = { kind: 'template', id, language: isMeta ? nameIn(context.getNodeParameter('language', 0, '', { rawExpressions: true })).replace(/^=/, '') : '' };
	if (context.getNodeParameter('templateType', 0, 'parameters') === 'code') return { ...template, code: written(context, 'code') };
	const body = linesOf(context, 'parameters').map(({ name, value }) => ({ name: String(name ?? '').trim(), text: String(value ?? '') }));
	if (!isMeta) return { ...template, body };
	const header = headerIn(context);
	return { ...template, body, buttons: linesOf(context, 'buttons').map(buttonOf), ...(header === null ? {} : { header }) };
}

function headerIn(context: IExecuteFunctions): WhatsAppHeader | null {
	const kind = String(context.getNodeParameter('headerType', 0, 'none'));
	switch (kind) {
		case 'text':
			return { kind, text: written(context, 'headerText') };
		case 'image':
		case 'video':
			return { kind, url: written(context, 'headerUrl') };
		case 'document':
			return { kind, url: written(context, 'headerUrl'), fileName: written(context, 'headerFileName') };
		default:
			return null;
	}
}

function buttonOf({ place, type, value }: IDataObject): WhatsAppButton {
	return { index: Math.max(1, Number(place ?? 1)) - 1, kind: (type ?? 'url') as WhatsAppButton['kind'], text: String(value ?? '') };
}

function linesOf(context: IExecuteFunctions, name: string): IDataObject[] {
	return (context.getNodeParameter(name, 0, {}, { rawExpressions: true }) as { values?: IDataObject[] }).values ?? [];
}

/** As it was written, never resolved: Liquid's braces are no expression of n8n's. */
function written(context: IExecuteFunctions, name: string): string {
	return String(context.getNodeParameter(name, 0, '', { rawExpressions: true }) ?? '');
}
