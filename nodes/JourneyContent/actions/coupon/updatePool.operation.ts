import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { poolField, poolOf, poolRules, poolRulesOf } from './poolField';

const displayOptions = { show: { resource: ['coupon'], operation: ['updatePool'] } };

export const description: INodeProperties[] = [
	poolField(displayOptions),
	{ displayName: 'Changes', name: 'changes', type: 'collection', placeholder: 'Add Change', default: {}, displayOptions, options: poolRules, description: 'Codes that people have keep their date' },
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => [(await engine.coupons.updatePool(poolOf(this, index), poolRulesOf(this.getNodeParameter('changes', index, {}) as IDataObject))) as unknown as IDataObject]);
}
