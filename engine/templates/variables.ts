import { liquidFor } from './liquid';
import type { TemplateField } from './problems';
import type { BlockFormat, Surroundings } from './surroundings';
import { withBlocks } from './within';

/** A path that a text asks of its scope, and where it is written. */
export interface AskedFor {
	path: string[];
	line: number;
	/** Key of the block it stands in; null: in the text itself. */
	block: string | null;
}

/** By liquidjs' static analysis: what loops and assignments make themselves is none of it. Throws TEMPLATE_INVALID. */
export async function variablesIn(source: string, field: TemplateField, format: BlockFormat, around?: Surroundings): Promise<AskedFor[]> {
	const whole = await withBlocks(source, field, format, around);
	return (await liquidFor(format === 'text' ? 'text' : 'html')).variables(whole.text, field).map(({ path, line }) => ({ path, ...whole.placeOf(line) }));
}
