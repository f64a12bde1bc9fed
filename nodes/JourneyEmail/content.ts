import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions } from 'n8n-workflow';

import type { EmailContent } from '../../engine';

export type ContentSource = 'mjml' | 'html' | 'text' | 'expression' | 'template';

/** The content that all items share; null when each item brings its own. */
export function sharedContent(context: IExecuteFunctions): EmailContent | null {
	const kind = context.getNodeParameter('contentSource', 0) as ContentSource;
	if (kind === 'expression' || kind === 'template') return null;
	const preheader = kind === 'text' ? '' : liquid(context, 'preheader');
	const content: EmailContent = {
		subject: liquid(context, 'subject'),
		...(preheader === '' ? {} : { preheader }),
		body: { kind, source: liquid(context, kind) },
	};
	return refuseEmpty(context, content, 0);
}

/** The field as it was written, never resolved: Liquid's braces are no expression of n8n's. */
function liquid(context: IExecuteFunctions, name: string): string {
	return String(context.getNodeParameter(name, 0, '', { rawExpressions: true }) ?? '');
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
