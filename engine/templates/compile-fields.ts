import { isJsonObject, type JsonObject, type JsonValue } from '../kernel';
import { liquidFor, type LiquidTemplate } from './liquid';
import { templateProblem } from './problems';
import type { CompiledFields } from './types';

const MAX_SOURCE = 100_000;

/** The fields of a message as its sender has them, at any depth: Liquid in each text, nothing escaped, all else as it is. Throws TEMPLATE_INVALID with details {field, line}. */
export async function compileFields(content: JsonObject): Promise<CompiledFields> {
	const liquid = await liquidFor('text');
	const templates = new Map<string, LiquidTemplate>();
	each(content, '', (text, path) => {
		if (text.length > MAX_SOURCE) throw templateProblem(path, 1, `There are ${text.length} characters, more than ${MAX_SOURCE}`, 'Make it shorter');
		templates.set(path, liquid.parse(text, path));
	});
	const filled = (value: JsonValue, path: string, scope: object): JsonValue => {
		if (typeof value === 'string') return templates.get(path)?.render(scope) ?? value;
		if (Array.isArray(value)) return value.map((inner, index) => filled(inner, `${path}[${index}]`, scope));
		if (!isJsonObject(value)) return value;
		return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filled(inner, join(path, name), scope)]));
	};
	return { render: (scope) => filled(content, '', scope) as JsonObject };
}

function each(value: JsonValue, path: string, visit: (text: string, path: string) => void): void {
	if (typeof value === 'string') visit(value, path);
	else if (Array.isArray(value)) value.forEach((inner, index) => each(inner, `${path}[${index}]`, visit));
	else if (isJsonObject(value)) for (const [name, inner] of Object.entries(value)) each(inner, join(path, name), visit);
}

function join(path: string, name: string): string {
	return path === '' ? name : `${path}.${name}`;
}
