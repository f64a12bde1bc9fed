import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { poolField, poolOf } from './poolField';

const displayOptions = { show: { resource: ['coupon'], operation: ['deletePool'] } };

export const description: INodeProperties[] = [
	poolField(displayOptions),
	{ displayName: 'Also With Given Codes', name: 'withGiven', type: 'boolean', displayOptions, default: false, description: 'Whether to delete a pool of which people have codes: nobody knows any more who had which' },
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => [{ deleted: true, pool: poolOf(this, index), ...(await engine.coupons.deletePool(poolOf(this, index), { withGiven: this.getNodeParameter('withGiven', index, false) === true })) }]);
}
