import { liquidFor, type LiquidTemplate } from './liquid';
import { templateProblem } from './problems';
import type { CompiledPrint, PrintContent } from './types';

/** A page with its style and some pictures by address; what is longer than this is a pasted file. */
const MAX_SOURCE = 200_000;

/** What is printed of a piece of mail, and where it goes. Throws TEMPLATE_INVALID with details {field, line}. */
export async function compilePrint({ html, variables, postal }: PrintContent): Promise<CompiledPrint> {
	const [forHtml, forText] = [await liquidFor('html'), await liquidFor('text')];
	const pages = parsed(html, (source, name) => {
		const field = name as keyof PrintContent['html'];
		if (source.trim() === '') throw templateProblem(field, 1, 'There is no HTML', 'Write it, or choose another source');
		if (source.length > MAX_SOURCE) throw templateProblem(field, 1, `There are ${source.length} characters, more than ${MAX_SOURCE}`, 'Make it shorter');
		return forHtml.parse(source, field);
	});
	const values = parsed(variables, (source) => forText.parse(source, 'mergeVariable'));
	const parts = parsed(postal, (source) => forText.parse(source, 'postal'));
	return { html: (scope) => rendered(pages, scope), variables: (scope) => rendered(values, scope), postal: (scope) => rendered(parts, scope) };
}

function parsed(sources: Readonly<Partial<Record<string, string>>>, parse: (source: string, name: string) => LiquidTemplate): Map<string, LiquidTemplate> {
	return new Map(Object.entries(sources).flatMap(([name, source]) => (source === undefined ? [] : [[name, parse(source, name)] as const])));
}

function rendered(templates: ReadonlyMap<string, LiquidTemplate>, scope: object): Record<string, string> {
	return Object.fromEntries([...templates].map(([name, template]) => [name, template.render(scope)]));
}
