import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { feedField, feedOf } from './feedField';

export const description: INodeProperties[] = [feedField({ show: { resource: ['product'], operation: ['deleteFeed'] } })];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => [{ deleted: true, feed: feedOf(this, index), ...(await engine.products.deleteFeed(feedOf(this, index))) }]);
}
