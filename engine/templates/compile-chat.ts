import { liquidFor, type LiquidOutput } from './liquid';
import { templateProblem } from './problems';
import type { ChatContent, CompiledChat } from './types';

/** As of a text message: what is longer than this is a pasted file. */
const MAX_SOURCE = 20_000;
const OUTPUT: Readonly<Record<ChatContent['format'], LiquidOutput>> = { plain: 'text', markdown: 'markdown', html: 'html' };

/** A chat message: values of people are escaped as its format wants it, addresses and labels are plain. Throws TEMPLATE_INVALID with details {field, line}. */
export async function compileChat({ format, text, imageUrl = '', buttons = [], kakao }: ChatContent): Promise<CompiledChat> {
	if (text.trim() === '' && imageUrl.trim() === '' && kakao === undefined) throw templateProblem('text', 1, 'The text is empty', 'Write the message, or take the step out');
	if (text.length > MAX_SOURCE) throw templateProblem('text', 1, `There are ${text.length} characters, more than ${MAX_SOURCE}`, 'Make it shorter');
	const body = (await liquidFor(OUTPUT[format])).parse(text, 'text');
	const plain = await liquidFor('text');
	const image = plain.parse(imageUrl, 'image');
	const pressed = buttons.map(({ label, url }) => ({ label: plain.parse(label, 'button'), url: plain.parse(url, 'button') }));
	const variables = Object.entries(kakao?.variables ?? {}).map(([name, value]) => [variableName(name), plain.parse(value, 'variable')] as const);
	return {
		render: (scope) => ({
			text: body.render(scope).replace(/\r\n?/g, '\n').trim(),
			imageUrl: image.render(scope).trim(),
			buttons: pressed.map(({ label, url }) => ({ label: label.render(scope).trim(), url: url.render(scope).trim() })).filter(({ label, url }) => label !== '' && url !== ''),
			variables: Object.fromEntries(variables.map(([name, value]) => [name, value.render(scope).trim()])),
		}),
	};
}

function variableName(given: string): string {
	const name = given.trim();
	return /^#\{.*\}$/.test(name) ? name : `#{${name}}`;
}
