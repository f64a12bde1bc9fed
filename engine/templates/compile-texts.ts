import { liquidFor } from './liquid';
import { templateProblem, type TemplateField } from './problems';
import type { RenderScope } from './types';

/** Characters of one field. */
const MAX_SOURCE = 20_000;

/** Plain texts with Liquid that make one message together, nothing escaped. */
export interface TextsContent {
	fields: ReadonlyArray<{ field: TemplateField; source: string }>;
}

/** Compiled once, rendered per contact. */
export interface CompiledTexts {
	/** In the order of the fields, without blanks around them. Throws TEMPLATE_INVALID with the field and the line. */
	render(scope: RenderScope): string[];
}

/** Throws TEMPLATE_INVALID with details {field, line}. */
export async function compileTexts({ fields }: TextsContent): Promise<CompiledTexts> {
	const liquid = await liquidFor('text');
	const parsed = fields.map(({ field, source }) => {
		if (source.length > MAX_SOURCE) throw templateProblem(field, 1, `There are ${source.length} characters, more than ${MAX_SOURCE}`, 'Make it shorter');
		return liquid.parse(source, field);
	});
	return { render: (scope) => parsed.map((template) => template.render(scope).replace(/\r\n?/g, '\n').trim()) };
}
