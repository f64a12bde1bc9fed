import { liquidFor, type LiquidTemplate } from './liquid';
import { decorateHtml, fillMarks, markLinks, type Decoration } from './links';
import { compileMjml } from './mjml';
import { holdLiquid, type HeldText } from './placeholders';
import { escapeHtml, finishText, plainTextConverter, textPage, textTemplate } from './plain-text';
import { insertAtBodyStart, preheaderBlock } from './preheader';
import { templateProblem, type TemplateField } from './problems';
import { surrounded } from './surroundings';
import type { CompiledEmail, EmailContent, RenderScope } from './types';
import { placed, withBlocks } from './within';

type Body = EmailContent['body'];

/** Tags whose output is HTML that the template's own markup does not show; what they write is seen only in each mail. */
const WRITING_TAGS = new Set(['capture', 'cycle', 'echo', 'liquid', 'raw', 'tablerow']);
/** Written into the template itself, not by a value: links.ts would take it for its own. */
const HIDDEN_MARK = /[\u0001-\u0003]/;

/** Whether all links and all markup stand in the template: then they are found once, and not in each mail. */
function isTransparent({ placeholders }: HeldText): boolean {
	return !placeholders.some(({ tag, source }) => WRITING_TAGS.has(tag) || (tag === '' && /\|\s*raw\b/.test(source)));
}

/** Characters of a field. Gmail clips mails at 102 KB, so a megabyte is a pasted file and not a mail. */
const MAX_SOURCE = 1_000_000;

/**
 * Compiles once (MJML with its Liquid kept, then the Liquid); `render` then takes about a millisecond a contact.
 * Values in HTML are escaped unless their last filter is `raw`. Throws TEMPLATE_INVALID with details {field, line}.
 */
export async function compileEmail(content: EmailContent): Promise<CompiledEmail> {
	requireText(content.subject, 'subject', 'The subject is empty', 'Write a subject');
	requireText(content.body.source, 'body', 'The body is empty', 'Write the mail, or take the step out');
	const around = content.around;
	const [subject, preheader, body] = await Promise.all([
		withBlocks(content.subject, 'subject', 'text', around), withBlocks(content.preheader ?? '', 'preheader', 'text', around), withBlocks(content.body.source, 'body', content.body.kind, around),
	]);
	try {
		const compiled = await compileWhole({ subject: subject.text, preheader: preheader.text, body: { kind: content.body.kind, source: body.text } });
		return around === undefined ? compiled : {
			render: async (scope, decoration) => {
				try {
					return await compiled.render(surrounded(scope, around), decoration);
				} catch (error) {
					throw placed(error, 'body', body);
				}
			},
		};
	} catch (error) {
		throw placed(placed(placed(error, 'body', body), 'subject', subject), 'preheader', preheader);
	}
}

async function compileWhole(content: EmailContent): Promise<CompiledEmail> {
	const textLiquid = await liquidFor('text');
	const subject = textLiquid.parse(content.subject, 'subject');
	const preheader = content.preheader?.trim()
		? textLiquid.parse(limited(content.preheader, 'preheader'), 'preheader')
		: null;
	return content.body.kind === 'text'
		? textEmail(subject, preheader, textLiquid.parse(content.body.source, 'body'))
		: htmlEmail(subject, preheader, await compileHtml(content.body, preheader !== null));
}

/** The body, and how its links and its text part come about. */
interface HtmlBody {
	body: LiquidTemplate;
	/** The text part as a template of its own; null: each mail's HTML is read for it. */
	text: LiquidTemplate | null;
	/** Whether links are marked; else each mail's HTML is read for them. */
	marked: boolean;
}

async function compileHtml(body: Body, hasPreheader: boolean): Promise<HtmlBody> {
	const liquid = await liquidFor('html');
	// Liquid's own errors first, while the lines are still those of the source.
	liquid.parse(body.source, 'body');
	const held = holdLiquid(body.source, liquid);
	const html = body.kind === 'mjml' ? await compileMjml(held, { dropPreview: hasPreheader }) : held.text;
	const transparent = isTransparent(held) && !HIDDEN_MARK.test(body.source);
	const text = transparent ? await textTemplate(held, html) : null;
	const marked = transparent ? markLinks(html, held.pattern) : null;
	const whole = marked ?? html;
	const restored = held.restore(hasPreheader ? insertAtBodyStart(whole, `{% if preheader_text %}${preheaderBlock('{{ preheader_text }}')}{% endif %}`) : whole);
	return { body: liquid.parse(restored.text, 'body', restored.lineAt), text, marked: marked !== null };
}

async function htmlEmail(subject: LiquidTemplate, preheader: LiquidTemplate | null, { body, text, marked }: HtmlBody): Promise<CompiledEmail> {
	const toText = await plainTextConverter();
	return {
		async render(scope: RenderScope, decoration: Decoration = {}) {
			const rendered = body.render({ ...scope, preheader_text: oneLine(preheader?.render(scope) ?? '') || null });
			const plain = marked ? fillMarks(rendered, {}) : rendered;
			return {
				subject: oneLine(subject.render(scope)),
				html: marked ? fillMarks(rendered, decoration) : decorateHtml(rendered, decoration),
				text: text === null ? toText(plain) : finishText(text.render(scope)),
			};
		},
	};
}

function textEmail(subject: LiquidTemplate, preheader: LiquidTemplate | null, body: LiquidTemplate): CompiledEmail {
	return {
		async render(scope: RenderScope, decoration: Decoration = {}) {
			const text = body.render(scope).replace(/\r\n?/g, '\n');
			const preheaderText = oneLine(preheader?.render(scope) ?? '');
			const html = textPage(text, preheaderText ? preheaderBlock(escapeHtml(preheaderText)) : '');
			return { subject: oneLine(subject.render(scope)), html: decorateHtml(html, decoration), text };
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
