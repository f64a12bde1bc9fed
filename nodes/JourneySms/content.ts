import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions } from 'n8n-workflow';

import type { TextContent } from '../../engine';
import type { Panel } from '../shared/fields';

/** The content that all items share; null when each item brings its own. */
export function sharedContent(context: Panel): TextContent | null {
	if (['expression', 'template'].includes(String(context.getNodeParameter('contentSource', 0)))) return null;
	// As it was written, never resolved: Liquid's braces are no expression of n8n's.
	const text = String(context.getNodeParameter('text', 0, '', { rawExpressions: true }) ?? '');
	return refuseEmpty(context, { text, ...mediaOf(context) }, 0);
}

/** Content source From Expression: read item by item. */
export function contentOfItem(context: IExecuteFunctions, index: number): TextContent {
	return refuseEmpty(context, { text: String(context.getNodeParameter('textExpression', index) ?? ''), ...mediaOf(context) }, index);
}

function mediaOf(context: Panel): Pick<TextContent, 'mediaUrls'> {
	const given = context.getNodeParameter('mediaUrls', 0, [], { rawExpressions: true }) as string[] | string;
	const mediaUrls = (Array.isArray(given) ? given : [given]).map((url) => String(url).replace(/^=/, '').trim()).filter((url) => url !== '');
	return mediaUrls.length === 0 ? {} : { mediaUrls };
}

/** A message without text and media is never meant. */
function refuseEmpty(context: Panel, content: TextContent, itemIndex: number): TextContent {
	if (content.text.trim() !== '' || content.mediaUrls !== undefined) return content;
	throw new NodeOperationError(context.getNode(), 'The message has no text', {
		itemIndex,
		description: 'Fill in the text of this node. When it comes from an expression, check that it gives text for this item.',
	});
}
