import { liquidFor, type LiquidTemplate } from './liquid';
import { templateProblem } from './problems';
import { surrounded } from './surroundings';
import type { CompiledText, TextContent } from './types';
import { placed, withBlocks } from './within';

/** Characters of a text. Ten segments are a long message; what is longer than this is a pasted file. */
const MAX_SOURCE = 20_000;

/** A text message: plain text with Liquid, nothing escaped. Throws TEMPLATE_INVALID with details {field, line}. */
export async function compileText({ text, mediaUrls = [], around }: TextContent): Promise<CompiledText> {
	if (text.trim() === '' && mediaUrls.every((url) => url.trim() === '')) throw templateProblem('text', 1, 'The text is empty', 'Write the message, or take the step out');
	if (text.length > MAX_SOURCE) throw templateProblem('text', 1, `There are ${text.length} characters, more than ${MAX_SOURCE}`, 'Make it shorter');
	const liquid = await liquidFor('text');
	const whole = await withBlocks(text, 'text', 'text', around);
	const body = parsed();
	const media = mediaUrls.filter((url) => url.trim() !== '').map((url) => liquid.parse(url, 'media'));
	return {
		render: (given) => {
			const scope = surrounded(given, around);
			return {
				text: body.render(scope).replace(/\r\n?/g, '\n').trim(),
				mediaUrls: media.map((url) => url.render(scope).trim()).filter((url) => url !== ''),
			};
		},
	};

	function parsed(): LiquidTemplate {
		try {
			return liquid.parse(whole.text, 'text');
		} catch (error) {
			throw placed(error, 'text', whole);
		}
	}
}
