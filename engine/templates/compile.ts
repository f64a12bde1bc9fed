import { liquidFor, type LiquidTemplate } from './liquid';
import { compileMjml } from './mjml';
import { holdLiquid } from './placeholders';
import { escapeHtml, plainTextConverter, textPage } from './plain-text';
import { insertAtBodyStart, preheaderBlock } from './preheader';
import { templateProblem, type TemplateField } from './problems';
import type { CompiledEmail, EmailContent, RenderScope } from './types';

type Body = EmailContent['body'];

/** Characters of a field. Gmail clips mails at 102 KB, so a megabyte is a pasted file and not a mail. */
const MAX_SOURCE = 1_000_000;

/**
 * Compiles once (MJML with its Liquid kept, then the Liquid); `render` then takes about a millisecond a contact.
 * Values in HTML are escaped unless their last filter is `raw`. Throws TEMPLATE_INVALID with details {field, line}.
 */
export async function compileEmail(content: EmailContent): Promise<CompiledEmail> {
	requireText(content.subject, 'subject', 'The subject is empty', 'Write a subject');
	requireText(content.body.source, 'body', 'The body is empty', 'Write the mail, or take the step out');
	const textLiquid = await liquidFor('text');
	const subject = textLiquid.parse(content.subject, 'subject');
	const preheader = content.preheader?.trim()
		? textLiquid.parse(limited(content.preheader, 'preheader'), 'preheader')
		: null;
	return content.body.kind === 'text'
		? textEmail(subject, preheader, textLiquid.parse(content.body.source, 'body'))
		: htmlEmail(subject, preheader, await compileHtml(content.body, preheader !== null));
}

async function compileHtml(body: Body, hasPreheader: boolean): Promise<LiquidTemplate> {
	const liquid = await liquidFor('html');
	// Liquid's own errors first, while the lines are still those of the source.
	liquid.parse(body.source, 'body');
	const held = holdLiquid(body.source, liquid);
	let html = body.kind === 'mjml' ? await compileMjml(held, { dropPreview: hasPreheader }) : held.text;
	if (hasPreheader) {
		html = insertAtBodyStart(html, `{% if preheader_text %}${preheaderBlock('{{ preheader_text }}')}{% endif %}`);
	}
	const restored = held.restore(html);
	return liquid.parse(restored.text, 'body', restored.lineAt);
}

async function htmlEmail(
	subject: LiquidTemplate,
	preheader: LiquidTemplate | null,
	body: LiquidTemplate,
): Promise<CompiledEmail> {
	const toText = await plainTextConverter();
	return {
		async render(scope: RenderScope) {
			const html = body.render({ ...scope, preheader_text: oneLine(preheader?.render(scope) ?? '') || null });
			return { subject: oneLine(subject.render(scope)), html, text: toText(html) };
		},
	};
}

function textEmail(subject: LiquidTemplate, preheader: LiquidTemplate | null, body: LiquidTemplate): CompiledEmail {
	return {
		async render(scope: RenderScope) {
			const text = body.render(scope).replace(/\r\n?/g, '\n');
			const preheaderText = oneLine(preheader?.render(scope) ?? '');
			const html = textPage(text, preheaderText ? preheaderBlock(escapeHtml(preheaderText)) : '');
			return { subject: oneLine(subject.render(scope)), html, text };
		},
	};
}

/** A line break in a subject would begin another header: whatever a value holds, the result is one line. */
function oneLine(text: string): string {
	return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').replace(/ {2,}/g, ' ').trim();
}

function requireText(text: unknown, field: TemplateField, what: string, remedy: string): void {
	if (typeof text !== 'string' || text.trim() === '') throw templateProblem(field, 1, what, remedy);
	limited(text, field);
}

function limited(text: string, field: TemplateField): string {
	if (text.length > MAX_SOURCE) {
		const what = `There are ${text.length} characters, more than ${MAX_SOURCE}`;
		throw templateProblem(field, 1, what, 'Make it shorter: mail programs clip mails above 100 KB');
	}
	return text;
}
