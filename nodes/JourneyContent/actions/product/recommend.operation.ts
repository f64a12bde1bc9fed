import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, ProductBlock } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { identityFields, identityOf } from '../../../ProfileEngine/actions/identity';

const displayOptions = { show: { resource: ['product'], operation: ['recommend'] } };

export const description: INodeProperties[] = [
	...identityFields(displayOptions, 'that the products are for'),
	{
		displayName: 'Products', name: 'block', type: 'options', displayOptions,
		options: [
			{ name: 'Also Bought', value: 'also_bought', description: 'What others ordered together with what this person bought, else looked at' },
			{ name: 'Bought', value: 'bought', description: 'What this person bought, the newest first' },
			{ name: 'Popular', value: 'popular', description: 'What most people look at and buy at present' },
			{ name: 'Recommended', value: 'recommended', description: 'Some of each, filled up with what is popular' },
			{ name: 'Same Category', value: 'same_category', description: 'Others of the category that this person looked at last' },
			{ name: 'Viewed', value: 'viewed', description: 'What this person looked at and did not buy, the newest first' },
		],
		default: 'recommended',
	},
	{
		displayName: 'Options', name: 'options', type: 'collection', placeholder: 'Add Option', default: {}, displayOptions,
		options: [{ displayName: 'At Most', name: 'most', type: 'number', typeOptions: { minValue: 1, maxValue: 12 }, default: 12, description: 'Max number of products' }],
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const { most = 12 } = this.getNodeParameter('options', index, {}) as { most?: number };
		const [found] = await engine.products.recommend({ people: [identityOf(this, index)], block: this.getNodeParameter('block', index) as ProductBlock, limit: most });
		if (found === undefined || found.profile === null) throw new NodeOperationError(this.getNode(), found?.reason ?? 'Nobody was found', { itemIndex: index, description: "Check what 'Value' holds, or filter out items of people who are not known before this node." });
		const { json = {} } = this.getInputData()[index] ?? {};
		return [{ ...json, profileId: found.profile, products: found.products } as unknown as IDataObject];
	});
}
