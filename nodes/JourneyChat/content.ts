import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { ChatContent } from '../../engine';

/** The content that all items share; null when each item brings its own text, or a template does. */
export function sharedContent(context: IExecuteFunctions): ChatContent | null {
	if (context.getNodeParameter('contentSource', 0, 'text') === 'template') return null;
	if (providerOf(context) === 'kakao') return { format: 'plain', text: '', kakao: kakaoOf(context) };
	if (context.getNodeParameter('contentSource', 0, 'text') === 'expression') return null;
	// As it was written, never resolved: Liquid's braces are no expression of n8n's.
	return refuseEmpty(context, { text: String(context.getNodeParameter('text', 0, '', { rawExpressions: true }) ?? ''), ...aroundOf(context) }, 0);
}

/** Content source From Expression: the text is read item by item. */
export function contentOfItem(context: IExecuteFunctions, index: number): ChatContent {
	return refuseEmpty(context, { text: String(context.getNodeParameter('textExpression', index) ?? ''), ...aroundOf(context) }, index);
}

function aroundOf(context: IExecuteFunctions): Omit<ChatContent, 'text' | 'kakao'> {
	const imageUrl = written(context.getNodeParameter('imageUrl', 0, '', { rawExpressions: true }));
	const buttons = linesOf(context, 'buttons').map(({ label, url }) => ({ label: written(label), url: written(url) })).filter(({ label, url }) => label !== '' || url !== '');
	const half = buttons.find(({ label, url }) => label === '' || url === '');
	if (half !== undefined) throw new NodeOperationError(context.getNode(), 'A button has no label or no address', { description: "Fill in both under 'Buttons', or take the button out." });
	const format = ['telegram', 'slack', 'discord'].includes(providerOf(context)) ? (context.getNodeParameter('format', 0, 'plain') as ChatContent['format']) : 'plain';
	return { format, ...(imageUrl === '' ? {} : { imageUrl }), ...(buttons.length === 0 ? {} : { buttons }) };
}

function kakaoOf(context: IExecuteFunctions): NonNullable<ChatContent['kakao']> {
	const [pfId, templateId] = ['pfId', 'templateId'].map((name) => String(context.getNodeParameter(name, 0, '') ?? '').trim());
	if (pfId === '' || templateId === '') {
		throw new NodeOperationError(context.getNode(), 'The message has no Kakao template', { description: "Fill in 'Kakao Channel ID' and 'Template ID', both from the Solapi console." });
	}
	const variables = Object.fromEntries(linesOf(context, 'variables').filter(({ name }) => written(name) !== '').map(({ name, value }) => [written(name), written(value)]));
	return { pfId, templateId, variables };
}

function linesOf(context: IExecuteFunctions, name: string): IDataObject[] {
	const { values = [] } = context.getNodeParameter(name, 0, {}, { rawExpressions: true }) as { values?: IDataObject[] };
	return values;
}

/** An equals sign at the beginning is n8n's, of a field that was an expression once. */
function written(value: unknown): string {
	return String(value ?? '').replace(/^=/, '').trim();
}

function providerOf(context: IExecuteFunctions): string {
	return String(context.getNodeParameter('provider', 0, ''));
}

/** A message without text and picture is never meant. */
function refuseEmpty(context: IExecuteFunctions, content: ChatContent, itemIndex: number): ChatContent {
	if (content.text.trim() !== '' || content.imageUrl !== undefined) return content;
	throw new NodeOperationError(context.getNode(), 'The message has no text', {
		itemIndex,
		description: 'Fill in the text of this node. When it comes from an expression, check that it gives text for this item.',
	});
}
