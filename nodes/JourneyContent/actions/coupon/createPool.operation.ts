import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { poolRules, poolRulesOf } from './poolField';

const displayOptions = { show: { resource: ['coupon'], operation: ['createPool'] } };

/** As the field shows it. */
const WARN_AT = 100;

export const description: INodeProperties[] = [
	{
		displayName: 'Name', name: 'name', type: 'string', displayOptions, required: true, default: '', placeholder: 'e.g. welcome10',
		description: 'What templates call the pool: {% coupon \'welcome10\' %} shows each person a code of their own',
	},
	{ displayName: 'Options', name: 'options', type: 'collection', placeholder: 'Add Option', default: {}, displayOptions, options: poolRules },
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const options = this.getNodeParameter('options', index, {}) as IDataObject;
		return [(await engine.coupons.createPool({ name: String(this.getNodeParameter('name', index, '')), lowAt: WARN_AT, ...poolRulesOf(options) })) as unknown as IDataObject];
	});
}
