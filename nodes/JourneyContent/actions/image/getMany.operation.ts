import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, ImageView } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { everyPage } from '../everyPage';

const displayOptions = { show: { resource: ['image'], operation: ['getMany'] } };

export const description: INodeProperties[] = [
	...limitFields(displayOptions),
	{
		displayName: 'Filters', name: 'filters', type: 'collection', placeholder: 'Add Filter', default: {}, displayOptions,
		options: [{ displayName: 'Search', name: 'search', type: 'string', default: '', placeholder: 'e.g. spring', description: 'Part of the name' }],
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const { search = '' } = this.getNodeParameter('filters', index, {}) as { search?: string };
		const found = await everyPage(limitOf(this, index), (limit, last?: ImageView) => engine.images.list({ search, limit, ...(last?.name === undefined || last.name === null ? {} : { after: last.name }) }), ({ name }) => name !== null);
		return found as unknown as IDataObject[];
	});
}
