import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { JsonObject, JsonValue } from '../../../engine';
import { nameIn, nameLocator, type ListMethod } from '../../shared/fields/locator';
import { parseJson } from '../../shared/json';
import { STAMP_KEY } from '../../shared/stamp';

/**
 * Where the attributes of a profile, or the properties of an event, come from: the whole item, named fields, or JSON.
 * `name` is the parameter's stem ('attributes' gives attributesFrom, attributesFields, attributesJson).
 */
export function objectFields(
	name: string,
	label: { one: string; many: string; example: string; list: ListMethod },
	displayOptions: IDisplayOptions,
): INodeProperties[] {
	const shown = (from: string): IDisplayOptions => ({ show: { ...displayOptions.show, [`${name}From`]: [from] } });
	return [
		{
			displayName: label.many,
			name: `${name}From`,
			type: 'options',
			noDataExpression: true,
			displayOptions,
			options: [
				{ name: 'All Fields of the Item', value: 'item', description: 'The JSON of the incoming item as it is' },
				{ name: 'Fields Below', value: 'fields', description: 'Name and value one by one' },
				{ name: 'JSON', value: 'json', description: 'A JSON object, usually from an expression' },
				{ name: 'None', value: 'none', description: `No ${label.many.toLowerCase()}` },
			],
			default: 'fields',
			description: `Where the ${label.many.toLowerCase()} come from`,
		},
		{
			displayName: `${label.many} to Set`,
			name: `${name}Fields`,
			type: 'fixedCollection',
			typeOptions: { multipleValues: true },
			placeholder: `Add ${label.one}`,
			displayOptions: shown('fields'),
			default: {},
			description: `Each ${label.one.toLowerCase()} with its value`,
			options: [
				{
					displayName: label.one,
					name: 'values',
					values: [
						nameLocator({ displayName: 'Name', name: 'name', list: label.list, typed: 'By Name', placeholder: `e.g. ${label.example}`, description: `Name of the ${label.one.toLowerCase()}` }),
						{
							displayName: 'Value',
							name: 'value',
							type: 'string',
							default: '',
							placeholder: `e.g. {{ $json.${label.example} }}`,
							description: 'Text as it is; an expression keeps its type (number, true or false, list). Null unsets.',
						},
					],
				},
			],
		},
		{
			displayName: `${label.many} as JSON`,
			name: `${name}Json`,
			type: 'json',
			displayOptions: shown('json'),
			default: '{}',
			placeholder: `e.g. { "${label.example}": "…" }`,
			description: `A JSON object with the ${label.many.toLowerCase()}`,
		},
	];
}

/** Reads what objectFields describes; undefined for None. */
export function objectOf(context: IExecuteFunctions, name: string, itemIndex: number): JsonObject | undefined {
	switch (context.getNodeParameter(`${name}From`, itemIndex, 'fields') as string) {
		case 'none':
			return undefined;
		case 'item':
			return withoutStamp(context.getInputData()[itemIndex].json as JsonObject);
		case 'json':
			return parsed(context, name, itemIndex);
		default: {
			const rows = context.getNodeParameter(`${name}Fields.values`, itemIndex, []) as Array<{ name: unknown; value: JsonValue }>;
			return Object.fromEntries(rows.map((row): [string, JsonValue] => [nameIn(row.name), row.value]).filter(([called]) => called !== ''));
		}
	}
}

/** In a journey the item says which leg of it the person is on; that is none of their attributes. */
function withoutStamp(json: JsonObject): JsonObject {
	const { [STAMP_KEY]: _stamp, ...own } = json;
	return own;
}

function parsed(context: IExecuteFunctions, name: string, itemIndex: number): JsonObject {
	const raw = context.getNodeParameter(`${name}Json`, itemIndex, '{}') as unknown;
	const value = typeof raw === 'string' ? parseJson(raw) : raw;
	if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
	throw new NodeOperationError(context.getNode(), `'${name}' is not a JSON object`, {
		itemIndex,
		description: 'It must look like { "name": "value" }. Check quotes, commas and braces.',
	});
}
