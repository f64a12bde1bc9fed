import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { CouponView, Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { everyPage } from '../everyPage';
import { poolField, poolOf } from './poolField';

const displayOptions = { show: { resource: ['coupon'], operation: ['getCodes'] } };

export const description: INodeProperties[] = [
	poolField(displayOptions),
	...limitFields(displayOptions),
	{
		displayName: 'State', name: 'state', type: 'options', displayOptions,
		options: [
			{ name: 'Any', value: 'any', description: 'All codes of the pool' },
			{ name: 'Free', value: 'free', description: 'Nobody has it' },
			{ name: 'Given', value: 'given', description: 'A person has it, and no order has named it' },
			{ name: 'Redeemed', value: 'redeemed', description: 'An order has named it' },
		],
		default: 'any',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const [pool, state] = [poolOf(this, index), this.getNodeParameter('state', index, 'any') as string];
		const asked = state === 'any' ? {} : { state: state as CouponView['state'] };
		return (await everyPage(limitOf(this, index), (limit, last?: CouponView) => engine.coupons.codes({ pool, ...asked, limit, ...(last === undefined ? {} : { after: last.code }) }))) as unknown as IDataObject[];
	});
}
