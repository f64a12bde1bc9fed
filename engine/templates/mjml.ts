import type { HeldText } from './placeholders';
import { prepareMjml } from './mjml-structure';
import { templateProblem } from './problems';

interface MjmlError {
	line: number;
	message: string;
}

type Mjml2Html = typeof import('mjml');

/** mjml takes half a second to load: the first MJML template pays, not n8n's start. */
async function loadMjml(): Promise<Mjml2Html> {
	const module = (await import('mjml')) as unknown as { default: Mjml2Html };
	return module.default;
}

/** MJML (Liquid held as words) to HTML with the same words in it. Throws TEMPLATE_INVALID for the first thing wrong. */
export async function compileMjml(held: HeldText, options: { dropPreview: boolean }): Promise<string> {
	const prepared = prepareMjml(held, options);
	const mjml2html = await loadMjml();
	let result: { html: string; errors: MjmlError[] };
	try {
		result = await mjml2html(prepared.mjml, { validationLevel: 'soft', ignoreIncludes: true });
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		const remedy = 'Write the mail as <mjml><mj-body>…</mj-body></mjml>';
		throw templateProblem('body', 1, `MJML: ${held.readable(message)}`, remedy, error);
	}
	for (const error of result.errors) refuseUnlessLiquid(error, held);
	const html = prepared.prologue + result.html + prepared.epilogue;
	for (const placeholder of prepared.between) {
		if (html.split(placeholder.word).length !== 2) {
			const what = `${placeholder.source} does not survive MJML at this place`;
			const remedy = 'Move it inside a text, or between sections, columns or their elements';
			throw templateProblem('body', placeholder.line, what, remedy);
		}
	}
	return html;
}

/** A Liquid value may stand where a colour or a word is expected: MJML copies these. With sizes it computes. */
function refuseUnlessLiquid(error: MjmlError, held: HeldText): void {
	const line = held.sourceLine(error.line);
	const hasLiquid = error.message.search(held.pattern) !== -1;
	if (!hasLiquid) {
		const remedy = / cannot be used inside /.test(error.message)
			? 'Move the element'
			: 'Correct the name or the value; https://documentation.mjml.io lists what each element takes';
		throw templateProblem('body', line, `MJML: ${error.message}`, remedy);
	}
	if (/ for type (Color|Enum)\b/.test(error.message)) return;
	if (/^Attributes? .* illegal$/.test(error.message)) {
		throw templateProblem('body', line, 'Liquid stands between the attributes of an element, where MJML cannot keep it',
			'Put it inside an attribute\'s value, or put the whole element into {% if %} … {% endif %}');
	}
	throw templateProblem('body', line, `MJML: ${held.readable(error.message)}`,
		'MJML computes with sizes, so write a number; for a choice put {% if %} around two versions of the element');
}
