import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { imageField, imageOf } from './imageField';

export const description: INodeProperties[] = [imageField({ show: { resource: ['image'], operation: ['get'] } })];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => [(await engine.images.get(imageOf(this, index))) as unknown as IDataObject]);
}
