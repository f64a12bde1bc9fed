import { liquidFor, type LiquidTemplate } from './liquid';
import { templateProblem } from './problems';
import type { RenderScope } from './types';

/** Characters of one field. */
const MAX_SOURCE = 20_000;

export interface CompiledFields {
	/** Each field's text, nothing escaped. Throws TEMPLATE_INVALID. */
	render(scope: RenderScope): string[];
}

/** Short plain texts with Liquid, such as headline and labels of a message on a page. Throws TEMPLATE_INVALID with details {field, line}. */
export async function compileFields({ fields }: { fields: readonly string[] }): Promise<CompiledFields> {
	const liquid = await liquidFor('text');
	const templates = fields.map((source): LiquidTemplate => {
		if (source.length > MAX_SOURCE) throw templateProblem('text', 1, `There are ${source.length} characters, more than ${MAX_SOURCE}`, 'Make it shorter');
		return liquid.parse(source, 'text');
	});
	return { render: (scope) => templates.map((template) => template.render(scope).replace(/\r\n?/g, '\n').trim()) };
}
