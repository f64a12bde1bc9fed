import { isJsonObject, type JsonObject, type JsonValue } from '../kernel';
import { liquidFor, type LiquidTemplate } from './liquid';
import { templateProblem } from './problems';
import { surrounded, type Surroundings } from './surroundings';
import type { CompiledFields } from './types';
import { placed, withBlocks } from './within';

const MAX_SOURCE = 100_000;

/**
 * The fields of a message as its sender has them, at any depth: Liquid in each text, nothing escaped, all else as it is; `around` is what surrounds them and no field.
 * Throws TEMPLATE_INVALID with details {field, line}.
 */
export async function compileFields({ around, ...content }: JsonObject): Promise<CompiledFields> {
	const surroundings = around as Surroundings | undefined;
	const liquid = await liquidFor('text');
	const templates = new Map<string, LiquidTemplate>();
	for (const { text, path } of textsIn(content)) {
		if (text.length > MAX_SOURCE) throw templateProblem(path, 1, `There are ${text.length} characters, more than ${MAX_SOURCE}`, 'Make it shorter');
		const whole = await withBlocks(text, path, 'text', surroundings);
		try {
			templates.set(path, liquid.parse(whole.text, path));
		} catch (error) {
			throw placed(error, path, whole);
		}
	}
	const filled = (value: JsonValue, path: string, scope: object): JsonValue => {
		if (typeof value === 'string') return templates.get(path)?.render(scope) ?? value;
		if (Array.isArray(value)) return value.map((inner, index) => filled(inner, `${path}[${index}]`, scope));
		if (!isJsonObject(value)) return value;
		return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filled(inner, join(path, name), scope)]));
	};
	return { render: (scope) => filled(content, '', surrounded(scope, surroundings)) as JsonObject };
}

/** Every text of a content with its path, such as 'buttons[0].title'. */
export function textsIn(value: JsonValue, path = ''): Array<{ text: string; path: string }> {
	if (typeof value === 'string') return [{ text: value, path }];
	if (Array.isArray(value)) return value.flatMap((inner, index) => textsIn(inner, `${path}[${index}]`));
	return isJsonObject(value) ? Object.entries(value).flatMap(([name, inner]) => textsIn(inner, join(path, name))) : [];
}

function join(path: string, name: string): string {
	return path === '' ? name : `${path}.${name}`;
}
