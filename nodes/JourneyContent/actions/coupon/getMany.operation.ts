import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';

export const description: INodeProperties[] = limitFields({ show: { resource: ['coupon'], operation: ['getMany'] } });

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => (await engine.coupons.pools()).slice(0, limitOf(this, index)) as unknown as IDataObject[]);
}
