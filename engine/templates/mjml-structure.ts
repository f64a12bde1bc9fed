import { Parser } from 'htmlparser2';

import type { HeldText, Placeholder } from './placeholders';
import { templateProblem } from './problems';

/** Tags whose inside MJML takes as it is (mjml 5.4: `endingTag`); a test compares them with mjml's own. */
export const VERBATIM_TAGS = new Set([
	'mj-accordion-text', 'mj-accordion-title', 'mj-breakpoint', 'mj-button', 'mj-carousel-image', 'mj-navbar-link',
	'mj-preview', 'mj-raw', 'mj-social-element', 'mj-style', 'mj-table', 'mj-text', 'mj-title',
]);

/** Where mj-raw may stand and is rendered in its place: there a Liquid tag can be wrapped in one. */
const RAW_PARENTS = new Set([
	'mj-body', 'mj-wrapper', 'mj-section', 'mj-group', 'mj-column', 'mj-hero', 'mj-navbar', 'mj-social', 'mj-accordion',
	'mj-accordion-element',
]);

/**
 * MJML collects the head's elements by kind, so a condition around one would hold for nothing and is refused.
 * These only set variables: they go first.
 */
const HOISTED_TAGS = new Set(['assign', 'capture', 'comment', 'liquid', '#']);

export interface PreparedMjml {
	mjml: string;
	/** Goes in front of, and behind, the compiled HTML. */
	prologue: string;
	epilogue: string;
	/** Words of tags that stand between elements: each must come out exactly once. */
	between: Placeholder[];
}

interface Open {
	name: string;
	line: number;
	start: number;
	tagEnd: number;
}

interface Edit {
	start: number;
	end: number;
	text: string;
}

/**
 * Reads the MJML with the parser and the settings that mjml itself uses, and
 * - wraps Liquid between elements into mj-raw (mjml drops other text there, and a dropped `{% if %}` mails to all),
 * - takes mj-preview out when the preheader field stands in for it,
 * - refuses what mjml would swallow in silence: unclosed elements, text between elements, mj-include.
 */
export function prepareMjml(held: HeldText, options: { dropPreview: boolean }): PreparedMjml {
	const source = held.text;
	const edits: Edit[] = [];
	const between: Placeholder[] = [];
	const stack: Open[] = [];
	let verbatimDepth = 0;
	let rootSeen = false;
	let prologue = '';
	let epilogue = '';

	const lineOf = (offset: number): number => held.sourceLine(source.slice(0, offset).split('\n').length);
	const problem = (offset: number, what: string, remedy: string): Error =>
		templateProblem('body', lineOf(offset), held.readable(what), remedy);

	const parser = new Parser(
		{
			onopentag(name) {
				if (verbatimDepth > 0) {
					if (VERBATIM_TAGS.has(name)) verbatimDepth++;
					return;
				}
				if (VERBATIM_TAGS.has(name)) verbatimDepth = 1;
				if (name === 'mj-include') {
					const what = 'mj-include is not available, because there are no files to take in';
					throw problem(parser.startIndex, what, 'Put the MJML of the included part here');
				}
				rootSeen = true;
				const start = parser.startIndex;
				stack.push({ name, line: lineOf(start), start, tagEnd: parser.endIndex });
			},
			onclosetag(name, implied) {
				if (verbatimDepth > 0 && !VERBATIM_TAGS.has(name)) return;
				if (VERBATIM_TAGS.has(name) && --verbatimDepth > 0) return;
				const open = stack.pop();
				if (!open) return;
				const selfClosing = parser.startIndex === open.start && parser.endIndex === open.tagEnd;
				if (implied && !selfClosing) {
					const remedy = `Write </${open.name}> where it ends, or <${open.name} … /> if it is empty`;
					throw templateProblem('body', open.line, `<${open.name}> is never closed`, remedy);
				}
				if (name === 'mj-preview' && options.dropPreview) {
					edits.push({ start: open.start, end: parser.endIndex + 1, text: '' });
				}
			},
			ontext(text) {
				if (verbatimDepth > 0 || text.trim() === '') return;
				const start = parser.startIndex;
				const parent = stack.at(-1)?.name ?? null;
				if (parent === 'mj-html-attribute') return;
				const stray = text.replace(held.pattern, '').replace(/\uFEFF/g, '').trim();
				if (stray !== '') {
					const offset = start + text.indexOf(stray.slice(0, 1));
					const where = parent === null ? 'outside <mjml>' : `directly in <${parent}>`;
					throw problem(offset, `The text "${stray.slice(0, 40)}" stands ${where}, where MJML drops it`,
						'Put text into <mj-text> inside a column, and write MJML as <mjml><mj-body>…</mj-body></mjml>');
				}
				for (const match of text.matchAll(held.pattern)) {
					const placeholder = held.find(match[0]);
					if (!placeholder) continue;
					const at = { start: start + match.index, end: start + match.index + match[0].length };
					if (parent === null) {
						if (rootSeen) epilogue += match[0];
						else prologue += match[0];
					} else if (RAW_PARENTS.has(parent)) {
						edits.push({ ...at, text: `<mj-raw>${match[0]}</mj-raw>` });
						between.push(placeholder);
					} else if ((parent === 'mjml' || parent === 'mj-head') && HOISTED_TAGS.has(placeholder.tag)) {
						prologue += match[0];
						edits.push({ ...at, text: '' });
					} else {
						throw problem(at.start, `${match[0]} stands directly in <${parent}>, where MJML would lose it`,
							parent === 'mjml' || parent === 'mj-head'
								? 'Put the condition inside mj-body, or inside the mj-title or mj-style it is about'
								: 'Put it around the element or inside a text or an attribute');
					}
				}
			},
		},
		{ recognizeCDATA: true, decodeEntities: false, recognizeSelfClosing: true, lowerCaseAttributeNames: false },
	);
	parser.write(source);
	parser.end();
	if (!rootSeen) {
		const remedy = 'Write <mjml><mj-body>…</mj-body></mjml>, or choose HTML or plain text as the kind of content';
		throw templateProblem('body', 1, 'There is no MJML element in the body', remedy);
	}
	return { mjml: applyEdits(source, edits), prologue, epilogue, between };
}

function applyEdits(source: string, edits: Edit[]): string {
	let result = '';
	let from = 0;
	for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
		// Line breaks stay, so that mjml's line numbers keep their meaning.
		const lost = source.slice(edit.start, edit.end).split('\n').length - edit.text.split('\n').length;
		result += source.slice(from, edit.start) + edit.text + '\n'.repeat(Math.max(lost, 0));
		from = edit.end;
	}
	return result + source.slice(from);
}
