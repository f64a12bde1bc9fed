import { isJsonObject, type JsonObject, type JsonValue } from '../kernel';
import { liquidFor, type LiquidOutput, type LiquidTemplate } from './liquid';
import { templateProblem, type TemplateField } from './problems';
import { surrounded, type Surroundings } from './surroundings';
import type { CompiledFields } from './types';
import { placed, withBlocks } from './within';

const MAX_SOURCE = 100_000;

/** What of a content is other than plain text without blanks around it. */
export interface FieldsShape {
	/** What comes of the text at this path; absent: plain text. */
	outputOf?(path: string, content: JsonObject): LiquidOutput;
	/** Whether it is left as it comes out; absent: blanks around it and the line breaks of Windows go. */
	asItIs?(path: string): boolean;
	/** What its sender's panel calls the text at this path; absent: the path. */
	fieldOf?(path: string): TemplateField;
	/** Characters of the text at this path. */
	mostOf?(path: string): number;
	/** What nobody could be sent. Throws TEMPLATE_INVALID. */
	check?(content: JsonObject): void;
}

/**
 * The fields of a message as its sender has them, at any depth: Liquid in each text, all else as it is, so that a value of somebody's data can never end a text and begin another
 * field; `around` is what surrounds them and no field. Throws TEMPLATE_INVALID with details {field, line}.
 */
export async function compileFields({ around, ...content }: JsonObject, shape: FieldsShape = {}): Promise<CompiledFields<JsonObject>> {
	shape.check?.(content);
	const surroundings = around as Surroundings | undefined;
	const texts = textsIn(content);
	const templates = new Map(await Promise.all(texts.map(async ({ text, path }) => [path, await compileText(text, path, content, shape, surroundings)] as const)));
	const filled = (value: JsonValue, path: string, scope: object): JsonValue => {
		if (typeof value === 'string') return templates.get(path)?.(scope) ?? value;
		if (Array.isArray(value)) return value.map((inner, index) => filled(inner, `${path}[${index}]`, scope));
		if (!isJsonObject(value)) return value;
		return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filled(inner, join(path, name), scope)]));
	};
	return { render: (scope) => filled(content, '', surrounded(scope, surroundings)) as JsonObject };
}

async function compileText(text: string, path: string, content: JsonObject, shape: FieldsShape, around: Surroundings | undefined): Promise<(scope: object) => string> {
	const field = shape.fieldOf?.(path) ?? path;
	const most = shape.mostOf?.(path) ?? MAX_SOURCE;
	if (text.length > most) throw templateProblem(field, 1, `There are ${text.length} characters, more than ${most}`, 'Make it shorter');
	const output = shape.outputOf?.(path, content) ?? 'text';
	const whole = await withBlocks(text, field, output === 'html' ? 'html' : 'text', around);
	const template = await placing(async (): Promise<LiquidTemplate> => (await liquidFor(output)).parse(whole.text, field));
	const asItIs = shape.asItIs?.(path) ?? false;
	return (scope) => {
		try {
			const rendered = template.render(scope);
			return asItIs ? rendered : rendered.replace(/\r\n?/g, '\n').trim();
		} catch (error) {
			throw placed(error, field, whole);
		}
	};

	async function placing<Result>(work: () => Promise<Result>): Promise<Result> {
		try {
			return await work();
		} catch (error) {
			throw placed(error, field, whole);
		}
	}
}

/** Every text of a content with its path, such as 'buttons[0].title'. */
export function textsIn(value: JsonValue, path = ''): Array<{ text: string; path: string }> {
	if (typeof value === 'string') return [{ text: value, path }];
	if (Array.isArray(value)) return value.flatMap((inner, index) => textsIn(inner, `${path}[${index}]`));
	return isJsonObject(value) ? Object.entries(value).flatMap(([name, inner]) => textsIn(inner, join(path, name))) : [];
}

const sources = new WeakMap<object, string[]>();

/** Every text of a content, those that surround it left out; the same array for the same object. */
export function sourcesOf(content: object): string[] {
	const known = sources.get(content);
	if (known !== undefined) return known;
	const { around: _around, ...own } = content as JsonObject;
	const found = textsIn(own).map(({ text }) => text);
	sources.set(content, found);
	return found;
}

function join(path: string, name: string): string {
	return path === '' ? name : `${path}.${name}`;
}
