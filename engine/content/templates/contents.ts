import { EngineError, isEngineError, isJsonObject, type JsonValue } from '../../kernel';
import { compileEmailCached, compileFieldsCached, compileTextCached, type EmailContent, type TextContent } from '../../templates';
import type { TemplateContent, TemplateProblem } from './types';

/** Whether it has the channel's own shape. Throws BAD_INPUT that says what it takes. */
export function checkedContent(channel: string, content: unknown): TemplateContent {
	if (channel === 'email' && isEmail(content)) return content;
	if (channel === 'sms' && isText(content)) return content;
	if (channel !== 'email' && channel !== 'sms' && isJsonObject(content) && Object.keys(content).length > 0) return content;
	const shape = channel === 'email' ? '{"subject": "…", "body": {"kind": "mjml", "source": "…"}}' : channel === 'sms' ? '{"text": "…"}' : 'an object of the fields that its sender has, such as {"title": "…", "body": "…"}';
	throw new EngineError('BAD_INPUT', `This is no content of the channel ${channel}: it takes ${shape}.`);
}

function isEmail(content: unknown): content is EmailContent {
	if (!isJsonObject(content) || typeof content.subject !== 'string' || !isJsonObject(content.body)) return false;
	return ['mjml', 'html', 'text'].includes(String(content.body.kind)) && typeof content.body.source === 'string' && ['string', 'undefined'].includes(typeof content.preheader);
}

function isText(content: unknown): content is TextContent {
	return isJsonObject(content) && typeof content.text === 'string' && (content.mediaUrls === undefined || (Array.isArray(content.mediaUrls) && content.mediaUrls.every((url: JsonValue) => typeof url === 'string')));
}

/** What keeps messages from being made of it, whoever they go to. */
export async function problemsOf(channel: string, language: string, content: TemplateContent): Promise<TemplateProblem[]> {
	try {
		await compileFor(channel, content);
		return [];
	} catch (error) {
		if (!isEngineError(error) || error.code !== 'TEMPLATE_INVALID') throw error;
		const { field, line } = error.details;
		return [{ language, field: typeof field === 'string' ? field : null, line: typeof line === 'number' ? line : null, message: error.message }];
	}
}

async function compileFor(channel: string, content: TemplateContent): Promise<void> {
	if (channel === 'email') await compileEmailCached(content as EmailContent);
	else if (channel === 'sms') await compileTextCached(content as TextContent);
	else await compileFieldsCached(content as Record<string, JsonValue>);
}
