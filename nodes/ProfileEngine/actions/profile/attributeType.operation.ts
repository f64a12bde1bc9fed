import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { AttributeType, Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { nameIn, nameLocator } from '../../../shared/fields';
import { sourceOf } from '../../../shared/source';

const displayOptions = { show: { resource: ['profile'], operation: ['attributeType'] } };

export const description: INodeProperties[] = [
	nameLocator({ displayName: 'Attribute', name: 'attributeName', list: 'searchAttributes', required: true, placeholder: 'e.g. age', description: 'Name of the attribute', displayOptions }),
	{
		displayName: 'Type',
		name: 'attributeType',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'As It Comes', value: 'any', description: 'No declared type' },
			{ name: 'Boolean', value: 'boolean', description: 'True or false; 1, 0, yes and no are taken' },
			{ name: 'Date or Time', value: 'date-time', description: 'ISO 8601; times are kept in UTC, dates stay dates' },
			{ name: 'List', value: 'list', description: 'One value becomes a list of one' },
			{ name: 'Location', value: 'location', description: 'Latitude and longitude, as { lat, lon } or "52.52, 13.4"' },
			{ name: 'Number', value: 'number', description: 'Text that reads as a number is taken; "007" is not' },
			{ name: 'Object', value: 'object', description: 'Names and values' },
			{ name: 'Text', value: 'text', description: 'Numbers become text' },
		],
		default: 'text',
		description: 'What values of it become from now on. What cannot become it without loss is refused; stored values stay as they are.',
	},
];

/** Answers with every declared type. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index): Promise<IDataObject[]> => {
		const type = this.getNodeParameter('attributeType', index) as AttributeType | 'any';
		await engine.profiles.declareType(nameIn(this.getNodeParameter('attributeName', index)), type === 'any' ? null : type, { source: sourceOf(this) });
		return [{ types: Object.fromEntries((await engine.profiles.declaredTypes()).map((declared) => [declared.attribute, declared.type])) }];
	});
}
