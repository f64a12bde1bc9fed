import type { Liquid, LiquidErrors, TagToken, Template } from 'liquidjs';

import { escapeValue, markdownValue, plainValue, registerEscapingFilters, registerFilters, registerPlainFilters } from './liquid-filters';
import { FilterMisuse } from './filters/misuse';
import { LibraryProblem, registerLibrary } from './library';
import { templateProblem, type TemplateField } from './problems';

/**
 * Where the output goes: values in HTML are escaped unless their last filter is `raw`; plain text is left as it is. plain: the text of a template that was written
 * as HTML, where what escapes for HTML does nothing. markdown: no mark in a value means anything.
 */
export type LiquidOutput = 'html' | 'text' | 'plain' | 'markdown';

/** Characters of one template. Gmail clips mails at 102 KB: a megabyte is a mistake, not a mail. */
const PARSE_LIMIT = 2_000_000;
/** Milliseconds one render may take; a usual mail takes 0.05. Generous, since a busy machine counts against it too. */
const RENDER_LIMIT_MS = 2_000;
/** Characters and array slots one render may allocate, ranges such as (1..1000000) included. */
const MEMORY_LIMIT = 5_000_000;

/** Tags that read files: a mail has none, and a template must not reach the server's disk. */
const FILE_TAGS = ['include', 'render', 'layout'];

type LiquidModule = typeof import('liquidjs');

export interface LiquidCompiler {
	parse(source: string, field: TemplateField, lineAt?: (offset: number) => number): LiquidTemplate;
	/** Tags, outputs and what stands between them, in order; throws TEMPLATE_INVALID when one is not closed. */
	tokens(source: string, field: TemplateField): LiquidToken[];
	/** Paths that the scope has to bring, such as ['profile', 'first_name'], with their lines; a part that is itself a value ends the path. Throws TEMPLATE_INVALID. */
	variables(source: string, field: TemplateField): Array<{ path: string[]; line: number }>;
}

export interface LiquidToken {
	kind: 'tag' | 'output' | 'markup';
	/** A tag's name, else ''. */
	name: string;
	/** Offsets in the source. */
	begin: number;
	end: number;
}

export interface LiquidTemplate {
	/** A missing variable is empty. Throws TEMPLATE_INVALID with field and line. */
	render(scope: object): string;
}

/** One compiler per output, made when the first template is compiled (liquidjs takes about 30 ms to load). */
const compilers = new Map<LiquidOutput, Promise<LiquidCompiler>>();

export function liquidFor(output: LiquidOutput): Promise<LiquidCompiler> {
	let compiler = compilers.get(output);
	if (compiler === undefined) {
		compiler = import('liquidjs').then((module) => createCompiler(module, output));
		compilers.set(output, compiler);
	}
	return compiler;
}

function createCompiler(module: LiquidModule, output: LiquidOutput): LiquidCompiler {
	const liquid = new module.Liquid({
		strictFilters: true,
		strictVariables: false,
		ownPropertyOnly: true,
		// Templates from memory, and none there: liquidjs then never touches the file system.
		templates: {},
		timezoneOffset: 0,
		parseLimit: PARSE_LIMIT,
		renderLimit: RENDER_LIMIT_MS,
		memoryLimit: MEMORY_LIMIT,
		...(output === 'html' ? { outputEscape: escapeValue } : {}),
		...(output === 'plain' ? { outputEscape: plainValue } : {}),
		...(output === 'markdown' ? { outputEscape: markdownValue } : {}),
	});
	for (const tag of FILE_TAGS) {
		liquid.registerTag(tag, {
			parse() {
				throw new Error(tag === 'render' ? 'a block is shown by {% render %} as a tag of its own, not inside another' : `the tag "${tag}" is not available in mails, because there are no files to take in`);
			},
			render() {},
		});
	}
	registerFilters(liquid);
	registerLibrary(liquid, output);
	if (output === 'html') registerEscapingFilters(liquid);
	if (output === 'plain' || output === 'markdown') registerPlainFilters(liquid);

	return {
		tokens(source, field) {
			try {
				const { TokenKind, Tokenizer } = module;
				const tokens = new Tokenizer(source, liquid.options.operators).readTopLevelTokens(liquid.options);
				return tokens.map((token) => ({
					kind: token.kind === TokenKind.Tag ? 'tag' : token.kind === TokenKind.Output ? 'output' : 'markup',
					name: token.kind === TokenKind.Tag ? (token as TagToken).name : '',
					begin: token.begin,
					end: token.end,
				}));
			} catch (error) {
				throw parseProblem(error, field);
			}
		},
		variables(source, field) {
			let templates: Template[];
			try {
				templates = liquid.parse(source);
			} catch (error) {
				throw parseProblem(error, field);
			}
			return Object.values(module.analyzeSync(templates).globals).flat().map(({ segments, location }) => {
				const end = segments.findIndex((segment) => typeof segment === 'object');
				return { path: (end === -1 ? segments : segments.slice(0, end)).map(String), line: location.row };
			});
		},
		parse(source, field, lineAt) {
			let templates: Template[];
			try {
				templates = liquid.parse(source);
			} catch (error) {
				throw parseProblem(error, field, lineAt);
			}
			return { render: (scope) => renderTemplates(liquid, templates, scope, field, lineAt) };
		},
	};
}

function renderTemplates(
	liquid: Liquid,
	templates: Template[],
	scope: object,
	field: TemplateField,
	lineAt?: (offset: number) => number,
): string {
	try {
		return String(liquid.renderSync(templates, scope) ?? '');
	} catch (error) {
		const token = tokenOf(error);
		const reason = messageOf(error);
		const { originalError } = error as { originalError?: unknown };
		if (originalError instanceof LibraryProblem || originalError instanceof FilterMisuse) throw templateProblem(field, lineOf(token, lineAt), originalError.message, originalError.remedy, originalError);
		if (/limit exceeded/.test(reason)) {
			const what = `Liquid needs more time or memory than one mail may take (${reason})`;
			const remedy = 'Make the loop or the range shorter, or prepare the list before this step';
			throw templateProblem(field, lineOf(token, lineAt), what, remedy, error);
		}
		// The reason may quote a contact's value (an unknown time zone, say), so only the template's own text is shown.
		const what = `${token ? excerpt(token.getText()) : 'Liquid'} cannot be rendered with this contact's values`;
		const remedy = 'Give the value a default or test it with {% if %} first';
		throw templateProblem(field, lineOf(token, lineAt), what, remedy, withoutValues(error));
	}
}

function withoutValues(error: unknown): Error {
	return new Error(error instanceof Error ? error.name : 'Error');
}

function parseProblem(error: unknown, field: TemplateField, lineAt?: (offset: number) => number): Error {
	const token = tokenOf(error);
	const reason = messageOf(error);
	return templateProblem(field, lineOf(token, lineAt), `Liquid: ${reason}`, remedyFor(reason), error);
}

const REMEDIES: Array<[RegExp, string]> = [
	[/not closed/, 'Close it: {{ … }} for a value, {% if … %} … {% endif %} for a condition, {% for … %} … {% endfor %}'],
	[/undefined filter/, 'Check the filter\'s name; there are those of Liquid, such as default, date, upcase, escape'],
	[/tag ".*" not found/, 'Check the tag\'s name; an {% end… %} needs its opening tag before it'],
	[/(coupon|image) takes the name/, 'Write it in quotes, as it is called in Journey Content'],
	[/not available in mails/, 'Put the content into the body itself'],
	[/parse length limit/, 'Make the content shorter; mail programs clip mails above 100 KB anyway'],
];

function remedyFor(reason: string): string {
	return REMEDIES.find(([kind]) => kind.test(reason))?.[1] ?? 'Correct the Liquid at this place';
}

interface ErrorToken {
	begin: number;
	getPosition(): number[];
	getText(): string;
}

function tokenOf(error: unknown): ErrorToken | null {
	const token = (error as Partial<LiquidErrors> | null)?.token;
	return token && typeof token.getPosition === 'function' ? token : null;
}

function lineOf(token: ErrorToken | null, lineAt?: (offset: number) => number): number {
	if (!token) return 1;
	return lineAt ? lineAt(token.begin) : (token.getPosition()[0] ?? 1);
}

function messageOf(error: unknown): string {
	const message = error instanceof Error ? error.message : String(error);
	return message.replace(/(, file:[^,]*)?, line:\d+, col:\d+$/, '');
}

function excerpt(text: string): string {
	const line = text.replace(/\s+/g, ' ');
	return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
