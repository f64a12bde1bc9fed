import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { poolField, poolOf } from './poolField';

const displayOptions = { show: { resource: ['coupon'], operation: ['generate'] } };

export const description: INodeProperties[] = [
	poolField(displayOptions),
	{ displayName: 'Number of Codes', name: 'count', type: 'number', typeOptions: { minValue: 1, maxValue: 1_000_000 }, displayOptions, default: 1_000, description: 'The shop has to know them too: read them with Get Codes' },
	{
		displayName: 'Options', name: 'options', type: 'collection', placeholder: 'Add Option', default: {}, displayOptions,
		options: [
			{ displayName: 'Length', name: 'length', type: 'number', typeOptions: { minValue: 6, maxValue: 32 }, default: 10, description: 'Random characters, without those that are taken for each other (0 and O, 1 and I)' },
			{ displayName: 'Prefix', name: 'prefix', type: 'string', default: '', placeholder: 'e.g. SPRING-', description: 'What each code begins with' },
		],
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const pool = poolOf(this, index);
		const { length, prefix } = this.getNodeParameter('options', index, {}) as { length?: number; prefix?: string };
		const { added } = await engine.coupons.generate({ pool, count: Number(this.getNodeParameter('count', index)), ...(length === undefined ? {} : { length }), ...(prefix === undefined ? {} : { prefix: prefix.trim() }) });
		return [{ pool, added }];
	});
}
