import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { feedField, feedOf } from './feedField';

const displayOptions = { show: { resource: ['product'], operation: ['get'] } };

export const description: INodeProperties[] = [
	feedField(displayOptions),
	{ displayName: 'Product ID', name: 'productId', type: 'string', displayOptions, required: true, default: '', placeholder: 'e.g. SKU-4711', description: 'The ID that the feed gives it' },
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => [(await engine.products.get(String(this.getNodeParameter('productId', index, '')).trim(), feedOf(this, index))) as unknown as IDataObject]);
}
