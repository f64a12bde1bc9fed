import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions } from 'n8n-workflow';

import { isJsonObject } from '../../engine';
import type { JsonObject } from '../../engine';

/** undefined when the text is no JSON. */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** A parameter that holds a JSON object, as text or as an expression gives it; empty is {}. Throws a NodeOperationError that names the field. */
export function jsonObjectOf(context: IExecuteFunctions, itemIndex: number, field: { name: string; displayName: string; example: string }): JsonObject {
	const given = context.getNodeParameter(field.name, itemIndex, '{}') as unknown;
	const value = typeof given === 'string' ? parseJson(given.trim() === '' ? '{}' : given) : given;
	if (isJsonObject(value)) return value;
	throw new NodeOperationError(context.getNode(), `'${field.displayName}' is no JSON object`, { itemIndex, description: `Write for example ${field.example}, or leave it empty.` });
}
