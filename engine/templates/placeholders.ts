import type { LiquidCompiler, LiquidToken } from './liquid';

/**
 * Liquid and markup are two grammars in one text: `{% if a < b %}` looks like a tag to an HTML parser, quotes inside
 * `href="{{ x | default: "y" }}"` end the attribute. So each piece of Liquid becomes one opaque word while markup is
 * parsed and compiled, and is put back after.
 */
export interface Placeholder {
	word: string;
	/** The Liquid as written. */
	source: string;
	line: number;
	/** '' for an output {{ … }}. */
	tag: string;
}

export interface HeldText {
	/** The source with words in place of Liquid. */
	text: string;
	pattern: RegExp;
	placeholders: readonly Placeholder[];
	find(word: string): Placeholder | undefined;
	/** Line in the source of a line in `text`: Liquid over several lines shrinks to one word. */
	sourceLine(heldLine: number): number;
	/** Words in a message become the Liquid that was written. */
	readable(message: string): string;
	/** Puts the Liquid back. `lineAt` gives the source's line for an offset in the result. */
	restore(compiled: string): RestoredText;
}

export interface RestoredText {
	text: string;
	lineAt: (offset: number) => number;
}

/** Whole blocks that hold no markup to compile: held as one word, so that their inside is left alone. */
const OPAQUE_BLOCKS = new Set(['comment', 'raw', 'capture']);

export function holdLiquid(source: string, liquid: LiquidCompiler): HeldText {
	const prefix = unusedPrefix(source);
	const pattern = new RegExp(`${prefix}(\\d+)z`, 'g');
	const placeholders: Placeholder[] = [];
	const sourceLines: number[] = [];
	let text = '';
	let line = 1;
	const pieces = liquidPieces(liquid.tokens(source, 'body'), source);
	for (const piece of pieces) {
		const lines = piece.source.split('\n').length - 1;
		if (piece.tag === null) {
			for (let newLine = 0; newLine < lines; newLine++) sourceLines.push(line + newLine);
			text += piece.source;
		} else {
			const word = `${prefix}${placeholders.length}z`;
			placeholders.push({ word, source: piece.source, line, tag: piece.tag });
			text += word;
		}
		line += lines;
	}
	sourceLines.push(line);

	const byWord = new Map(placeholders.map((placeholder) => [placeholder.word, placeholder]));
	return {
		text,
		pattern,
		placeholders,
		find: (word) => byWord.get(word),
		sourceLine: (heldLine) => sourceLines[Math.min(Math.max(heldLine, 1), sourceLines.length) - 1] ?? 1,
		readable: (message) => message.replace(pattern, (word) => byWord.get(word)?.source ?? word),
		restore: (compiled) => restore(compiled, pattern, byWord),
	};
}

interface Piece {
	source: string;
	/** null: markup. */
	tag: string | null;
}

function liquidPieces(tokens: LiquidToken[], source: string): Piece[] {
	const pieces: Piece[] = [];
	for (let at = 0; at < tokens.length; at++) {
		const token = tokens[at]!;
		const end = OPAQUE_BLOCKS.has(token.name) ? blockEnd(tokens, at, source) : at;
		const tag = token.kind === 'markup' ? null : token.name;
		pieces.push({ source: source.slice(token.begin, tokens[end]!.end), tag });
		at = end;
	}
	return pieces;
}

/** Index of the block's last token; the block's first when it has no end or holds MJML that must be compiled. */
function blockEnd(tokens: LiquidToken[], start: number, source: string): number {
	const tag = tokens[start]!.name;
	let depth = 0;
	for (let at = start; at < tokens.length; at++) {
		const name = tokens[at]!.name;
		if (name === tag) depth++;
		if (name === `end${tag}` && --depth === 0) {
			const inside = source.slice(tokens[start]!.end, tokens[at]!.begin);
			return tag === 'capture' && inside.includes('<mj-') ? start : at;
		}
	}
	return start;
}

function unusedPrefix(source: string): string {
	let prefix = 'jlq';
	while (source.includes(prefix)) prefix += 'q';
	return prefix;
}

function restore(compiled: string, pattern: RegExp, byWord: Map<string, Placeholder>): RestoredText {
	const starts: Array<{ offset: number; line: number }> = [];
	let text = '';
	let from = 0;
	for (const match of compiled.matchAll(pattern)) {
		const placeholder = byWord.get(match[0]);
		if (!placeholder) continue;
		text += compiled.slice(from, match.index);
		starts.push({ offset: text.length, line: placeholder.line });
		text += placeholder.source;
		from = match.index + match[0].length;
	}
	text += compiled.slice(from);
	return {
		text,
		lineAt: (offset) => {
			const start = starts.findLast((candidate) => candidate.offset <= offset);
			if (!start) return 1;
			return start.line + text.slice(start.offset, offset).split('\n').length - 1;
		},
	};
}
