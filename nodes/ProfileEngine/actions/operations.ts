import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { AttributeOperation, JsonValue } from '../../../engine';
import { nameIn, nameLocator } from '../../shared/fields/locator';

interface Row {
	/** A locator, or the text of a workflow made before there was a list. */
	attribute: unknown;
	change: AttributeOperation['operation'];
	value?: JsonValue;
	unique?: boolean;
}

/** Changes of attributes that depend on what they are: increment, append and the like. */
export function operationFields(displayOptions: IDisplayOptions, whose: 'profile' | 'group'): INodeProperties {
	return {
		displayName: 'Attribute Operations',
		name: 'attributeOperations',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Operation',
		displayOptions,
		default: {},
		description: 'Changes that depend on the present value, done after the attributes above, in this order',
		options: [
			{
				displayName: 'Operation',
				name: 'values',
				values: [
					nameLocator({
						displayName: 'Attribute', name: 'attribute', list: whose === 'group' ? 'searchGroupAttributes' : 'searchAttributes', placeholder: 'e.g. orders', description: 'Name of the attribute',
					}),
					{
						displayName: 'Change',
						name: 'change',
						type: 'options',
						options: [
							{ name: 'Append to List', value: 'append', description: 'Add a value, or each of a list, to the end' },
							{ name: 'Increment', value: 'increment', description: 'Add a number; a negative one lowers it' },
							{ name: 'Remove From List', value: 'remove', description: 'Take every equal value out' },
							{ name: 'Set', value: 'set', description: 'Replace whatever is there' },
							{ name: 'Set Once', value: 'setOnce', description: 'Set only when there is nothing yet' },
							{ name: 'Unset', value: 'unset', description: 'Remove the attribute' },
						],
						default: 'increment',
						description: 'What to do with the attribute',
					},
					{
						displayName: 'Value',
						name: 'value',
						type: 'string',
						displayOptions: { hide: { change: ['unset'] } },
						default: '',
						placeholder: 'e.g. 1',
						description: 'Text as it is; an expression keeps its type (number, true or false, list)',
					},
					{
						displayName: 'Only New Values',
						name: 'unique',
						type: 'boolean',
						displayOptions: { show: { change: ['append'] } },
						default: true,
						description: 'Whether to leave out what is in the list already',
					},
				],
			},
		],
	};
}

export function operationsOf(context: IExecuteFunctions, itemIndex: number): AttributeOperation[] {
	const rows = context.getNodeParameter('attributeOperations.values', itemIndex, []) as Row[];
	return rows.map(({ attribute: given, change, value, unique }) => {
		const attribute = nameIn(given);
		if (attribute === '') {
			throw new NodeOperationError(context.getNode(), "An entry under 'Attribute Operations' names no attribute", {
				itemIndex,
				description: 'Write the name of the attribute, or remove the entry.',
			});
		}
		return { attribute, operation: change, ...(change === 'unset' ? {} : { value: value ?? null }), ...(change === 'append' ? { unique: unique ?? true } : {}) };
	});
}
