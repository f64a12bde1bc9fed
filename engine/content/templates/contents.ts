import { EngineError, isEngineError, isJsonObject, type JsonObject, type JsonValue } from '../../kernel';
import { compileEmailCached, compileMessage, isShaped, type Block, type BlockFormat, type EmailContent, type Surroundings, type TextContent } from '../../templates';
import type { TemplateContent, TemplateProblem } from './types';

/** Whether it has the channel's own shape. Throws BAD_INPUT that says what it takes. */
export function checkedContent(channel: string, content: unknown): TemplateContent {
	if (channel === 'email' && isEmail(content)) return content;
	if (channel === 'sms' && isText(content)) return content;
	if (channel !== 'email' && channel !== 'sms' && isJsonObject(content as JsonValue) && Object.keys(content as object).length > 0) return withoutAround(content as JsonObject);
	const shape = channel === 'email' ? '{"subject": "…", "body": {"kind": "mjml", "source": "…"}}' : channel === 'sms' ? '{"text": "…"}' : 'an object of the fields that its sender has, such as {"title": "…", "body": "…"}';
	throw new EngineError('BAD_INPUT', `This is no content of the channel ${channel}: it takes ${shape}.`);
}

/** What surrounds a content comes from its version, never from whoever saves it. */
function withoutAround({ around: _around, ...content }: JsonObject): JsonObject {
	return content;
}

function isEmail(content: unknown): content is EmailContent {
	if (!isJsonObject(content as JsonValue)) return false;
	const { subject, preheader, body, around } = content as JsonObject;
	if (typeof subject !== 'string' || !isJsonObject(body ?? null) || around !== undefined) return false;
	const { kind, source } = body as JsonObject;
	return ['mjml', 'html', 'text'].includes(String(kind)) && typeof source === 'string' && ['string', 'undefined'].includes(typeof preheader);
}

function isText(content: unknown): content is TextContent {
	if (!isJsonObject(content as JsonValue)) return false;
	const { text, mediaUrls, around } = content as JsonObject;
	return typeof text === 'string' && around === undefined && (mediaUrls === undefined || (Array.isArray(mediaUrls) && mediaUrls.every((url) => typeof url === 'string')));
}

const FORMATS: readonly BlockFormat[] = ['mjml', 'html', 'text'];

/** Throws BAD_INPUT. */
export function checkedBlock(content: unknown): Block {
	const { format, source } = (isJsonObject(content as JsonValue) ? content : {}) as JsonObject;
	if (FORMATS.includes(format as BlockFormat) && typeof source === 'string' && source.trim() !== '') return { format: format as BlockFormat, source };
	throw new EngineError('BAD_INPUT', 'A block takes {"format": "mjml", "html" or "text", "source": "…"}, and its source is not empty.');
}

/** What keeps messages from being made of it, whoever they go to. */
export async function problemsOf(language: string, compile: () => Promise<unknown>): Promise<TemplateProblem[]> {
	try {
		await compile();
		return [];
	} catch (error) {
		if (!isEngineError(error) || error.code !== 'TEMPLATE_INVALID') throw error;
		const { field, line } = error.details;
		return [{ language, field: typeof field === 'string' ? field : null, line: typeof line === 'number' ? line : null, message: error.message }];
	}
}

export async function compileContent(channel: string, content: TemplateContent, around: Surroundings): Promise<void> {
	if (channel === 'email') await compileEmailCached({ ...(content as EmailContent), around });
	else if (isShaped(channel)) await compileMessage(channel, { ...content, around });
}

/** Where a block of MJML may be meant for: it is right when it is right in one of them. */
const PLACES: ReadonlyArray<[string, string]> = [['', ''], ['<mj-section><mj-column>', '</mj-column></mj-section>'], ['<mj-section>', '</mj-section>'], ['<mj-section><mj-column><mj-text>', '</mj-text></mj-column></mj-section>']];

export async function compileBlock({ format, source }: Block, around: Surroundings): Promise<void> {
	if (format === 'text') await compileMessage('sms', { text: source, around });
	else if (format === 'html') await compileEmailCached({ subject: 'x', body: { kind: 'html', source }, around });
	else {
		let first: unknown;
		for (const [before, after] of PLACES) {
			try {
				await compileEmailCached({ subject: 'x', body: { kind: 'mjml', source: `<mjml><mj-body>${before}${source}${after}</mj-body></mjml>` }, around });
				return;
			} catch (error) {
				first ??= error;
			}
		}
		throw first;
	}
}
