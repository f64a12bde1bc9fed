import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, Product } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { everyPage } from '../everyPage';
import { feedField, feedOf } from './feedField';

const displayOptions = { show: { resource: ['product'], operation: ['getMany'] } };

export const description: INodeProperties[] = [
	feedField(displayOptions),
	...limitFields(displayOptions),
	{
		displayName: 'Filters', name: 'filters', type: 'collection', placeholder: 'Add Filter', default: {}, displayOptions,
		options: [
			{ displayName: 'Category', name: 'category', type: 'string', default: '', placeholder: 'e.g. Shoes > Boots', description: 'As the feed writes it' },
			{ displayName: 'Also Gone Ones', name: 'gone', type: 'boolean', default: false, description: 'Whether to include products that are missing in the newest feed' },
			{ displayName: 'Search', name: 'search', type: 'string', default: '', placeholder: 'e.g. boots', description: 'Part of the title' },
		],
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const filters = this.getNodeParameter('filters', index, {}) as { category?: string; gone?: boolean; search?: string };
		return (await everyPage(limitOf(this, index), (limit, last?: Product) => engine.products.list({ ...filters, feed: feedOf(this, index), limit, ...(last === undefined ? {} : { after: last.id }) }))) as unknown as IDataObject[];
	});
}
