import { liquidFor } from './liquid';
import { templateProblem, type TemplateField } from './problems';
import type { Block, BlockFormat } from './surroundings';

/** Which blocks may stand where: MJML holds HTML, and both hold text. */
const TAKES: Readonly<Record<BlockFormat, readonly BlockFormat[]>> = { mjml: ['mjml', 'html', 'text'], html: ['html', 'text'], text: ['text'] };
const NAMES: Readonly<Record<BlockFormat, string>> = { mjml: 'MJML', html: 'HTML', text: 'plain text' };
/** Blocks within blocks. */
const DEEPEST = 10;
/** Characters after taking all blocks in. */
const LONGEST = 2_000_000;

/** {% render 'key' %}, with what Liquid's own tag takes: `with x as y`, `for list as y`, and `name: value` after a comma. */
const TAG = /^\{%-?\s*render\s+(["'])([^"']*)\1\s*(?:(with|for)\s+([^\s,]+)(?:\s+as\s+([A-Za-z_]\w*))?)?\s*((?:,[\s\S]*)?)-?%\}$/;
const PARAMETER = /\s*,\s*([A-Za-z_]\w*)\s*:\s*("[^"]*"|'[^']*'|[^\s,]+)/y;

interface Place {
	/** null: in the text itself. */
	block: string | null;
	line: number;
}

export interface Expanded {
	text: string;
	/** Where a line of the result was written. */
	placeOf(line: number): Place;
	/** Keys of the blocks that were taken in, those within others too. */
	blocks: ReadonlySet<string>;
}

/**
 * A text with its blocks in place of {% render %}: before MJML and Liquid are compiled, so that a block may hold whole sections. Unlike Liquid's own it sees all that the
 * text sees, and what it is given stays assigned behind it. Throws TEMPLATE_INVALID: no such block, one of another format, blocks that show each other in a loop.
 */
export async function expandBlocks(source: string, field: TemplateField, format: BlockFormat, blocks: Readonly<Record<string, Block>>): Promise<Expanded> {
	const { tokens } = await liquidFor(format === 'text' ? 'text' : 'html');
	const used = new Set<string>();
	let text = '';
	const places: Place[] = [];
	add(source, null, [], { block: null, line: 1 });
	return { text, blocks: used, placeOf: (line) => places[line - 1] ?? { block: null, line } };

	function write(part: string, { block, line }: Place): void {
		if (places.length === 0) places.push({ block, line });
		const lines = part.split('\n');
		lines.slice(1).forEach((_line, n) => places.push({ block, line: line + n + 1 }));
		// A line that ends one text and begins another is the one where more of it was written.
		text += part;
		if (text.length > LONGEST) throw templateProblem(field, 1, 'With its blocks it is longer than a message can be', 'Make the blocks shorter, or take some out');
	}

	function add(part: string, block: string | null, stack: readonly string[], asked: Place): void {
		let at = 0;
		const lineAt = (offset: number) => part.slice(0, offset).split('\n').length;
		const trouble = (offset: number, what: string, remedy: string) => {
			const place = block === null ? lineAt(offset) : asked.line;
			return templateProblem(field, place, block === null ? what : `In the block "${block}", line ${lineAt(offset)}: ${what}`, remedy);
		};
		for (const token of tokens(part, field)) {
			if (token.kind !== 'tag' || token.name !== 'render') continue;
			const tag = TAG.exec(part.slice(token.begin, token.end));
			if (tag === null) throw trouble(token.begin, 'A block is shown by {% render \'key\' %}, with its key in quotes', 'Write for example {% render \'footer\' %} or {% render \'product\', product: item.product %}');
			const [, , key = '', mode, value = '', name, rest = ''] = tag;
			const found = Object.hasOwn(blocks, key) ? blocks[key] : undefined;
			if (found === undefined) throw trouble(token.begin, `There is no block "${key}"`, 'Publish it with Journey Content: Block, or check the spelling');
			if (stack.includes(key) || stack.length >= DEEPEST) throw trouble(token.begin, `The blocks ${[...stack, key].join(' → ')} show each other`, 'Take one of them out');
			if (!TAKES[format].includes(found.format)) throw trouble(token.begin, `The block "${key}" is written in ${NAMES[found.format]}, which cannot stand in ${NAMES[format]}`, `Write a block in ${NAMES[format]} for this place`);
			const [before, after] = around(mode, value, name ?? key.replace(/[.-]/g, '_'), parametersOf(rest, () => trouble(token.begin, `What is given to the block "${key}" cannot be read`, 'Write it as name: value, with commas between')));
			const here = { block, line: lineAt(token.begin) };
			write(part.slice(at, token.begin), { block, line: lineAt(at) });
			write(before, here);
			used.add(key);
			add(found.source, key, [...stack, key], block === null ? here : asked);
			write(after, here);
			at = token.end;
		}
		write(part.slice(at), { block, line: lineAt(at) });
	}
}

/** Liquid in front of a block and behind it. */
function around(mode: string | undefined, value: string, name: string, parameters: ReadonlyArray<readonly [string, string]>): [string, string] {
	const assigned = parameters.map(([key, given]) => `{% assign ${key} = ${given} %}`).join('');
	if (mode === 'for') return [`{% for ${name} in ${value} %}${assigned}`, '{% endfor %}'];
	return [mode === 'with' ? `{% assign ${name} = ${value} %}${assigned}` : assigned, ''];
}

function parametersOf(rest: string, trouble: () => Error): Array<readonly [string, string]> {
	const text = rest.trimEnd();
	const found: Array<readonly [string, string]> = [];
	PARAMETER.lastIndex = 0;
	let end = 0;
	for (let match = PARAMETER.exec(text); match !== null; match = PARAMETER.exec(text)) {
		found.push([match[1] ?? '', match[2] ?? '']);
		end = PARAMETER.lastIndex;
	}
	if (text.slice(end).trim() !== '') throw trouble();
	return found;
}
