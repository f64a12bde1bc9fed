import { EngineError, isEngineError } from '../kernel';
import { expandBlocks, type Expanded } from './blocks';
import { templateProblem, type TemplateField } from './problems';
import type { BlockFormat, Surroundings } from './surroundings';

/** A text with its blocks taken in; as it is where it shows none. Throws TEMPLATE_INVALID. */
export async function withBlocks(source: string, field: TemplateField, format: BlockFormat, around: Surroundings | undefined): Promise<Expanded> {
	if (!/\{%-?\s*render\b/.test(source)) return { text: source, blocks: new Set(), placeOf: (line) => ({ block: null, line }) };
	return await expandBlocks(source, field, format, around?.blocks ?? {});
}

/** Errors of the whole name the line that somebody wrote, and the block where it was written there. */
export function placed(error: unknown, field: TemplateField, { placeOf, blocks }: Expanded): unknown {
	if (blocks.size === 0 || !isEngineError(error) || error.code !== 'TEMPLATE_INVALID' || error.details.field !== field || typeof error.details.line !== 'number') return error;
	const { block, line } = placeOf(error.details.line);
	const said = error.message.replace(/^[^:]*, line \d+: /, '');
	if (block === null) return new EngineError('TEMPLATE_INVALID', error.message.replace(/, line \d+: /, `, line ${line}: `), { ...error.details, line }, { cause: error.cause });
	return templateProblem(field, line, `In the block "${block}": ${said}`, 'Mend the block and publish it', error.cause);
}
