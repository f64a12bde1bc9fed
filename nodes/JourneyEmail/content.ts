import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions } from 'n8n-workflow';

import type { EmailContent } from '../../engine/templates/types';

export type ContentSource = 'mjml' | 'html' | 'text' | 'expression';

/** The content that all items share; null when each item brings its own. */
export function sharedContent(context: IExecuteFunctions): EmailContent | null {
	const kind = context.getNodeParameter('contentSource', 0) as ContentSource;
	if (kind === 'expression') return null;
	const preheader = kind === 'text' ? '' : (context.getNodeParameter('preheader', 0, '') as string);
	const content: EmailContent = {
		subject: context.getNodeParameter('subject', 0) as string,
		...(preheader === '' ? {} : { preheader }),
		body: { kind, source: context.getNodeParameter(kind, 0) as string },
	};
	return refuseEmpty(context, content, 0);
}

/** Content source From Expression: read item by item. */
export function contentOfItem(context: IExecuteFunctions, index: number): EmailContent {
	const preheader = String(context.getNodeParameter('preheaderExpression', index, '') ?? '');
	const content: EmailContent = {
		subject: String(context.getNodeParameter('subjectExpression', index) ?? ''),
		...(preheader === '' ? {} : { preheader }),
		body: {
			kind: context.getNodeParameter('bodyFormat', 0) as 'mjml' | 'html' | 'text',
			source: String(context.getNodeParameter('bodyExpression', index) ?? ''),
		},
	};
	return refuseEmpty(context, content, index);
}

/** A mail without a subject or a body is never meant, and cannot be taken back. */
function refuseEmpty(context: IExecuteFunctions, content: EmailContent, itemIndex: number): EmailContent {
	const missing = content.subject.trim() === '' ? 'subject' : content.body.source.trim() === '' ? 'body' : null;
	if (missing === null) return content;
	throw new NodeOperationError(context.getNode(), `The mail has no ${missing}`, {
		itemIndex,
		description: `Fill in the ${missing} of this node. When it comes from an expression, check that it gives text for this item.`,
	});
}
