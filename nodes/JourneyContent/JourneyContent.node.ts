import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties, INodeType, INodeTypeDescription } from 'n8n-workflow';

import { agentFields } from '../shared/agent';
import { databaseCredential, listSearch } from '../shared/fields';
import { actionSubtitle } from '../shared/subtitle';
import * as block from './actions/block/Block.resource';
import * as brand from './actions/brand/Brand.resource';
import * as coupon from './actions/coupon/Coupon.resource';
import * as image from './actions/image/Image.resource';
import * as product from './actions/product/Product.resource';
import { router } from './actions/router';
import * as template from './actions/template/Template.resource';
import { GUARDED } from './guarded';

const operations: INodeProperties[] = [
	...block.description,
	...brand.description,
	...coupon.description,
	...image.description,
	...product.description,
	...template.description,
];

export class JourneyContent implements INodeType {
	// eslint-disable-next-line n8n-nodes-base/node-class-description-missing-subtitle -- it has one, put together from its operations.
	description: INodeTypeDescription = {
		displayName: 'Journey Content',
		name: 'journeyContent',
		icon: { light: 'file:../../icons/journeyContent.svg', dark: 'file:../../icons/journeyContent.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: actionSubtitle(operations),
		description: 'Keep what the messages of your journeys are made of: templates in versions and languages, to preview, check and publish',
		defaults: { name: 'Journey Content' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: databaseCredential,
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Block', value: 'block', description: 'A part that templates share: header, footer, product row' },
					{ name: 'Brand', value: 'brand', description: 'Colours, fonts, logo, address and social links, once for all templates' },
					{ name: 'Coupon', value: 'coupon', description: 'Pools of codes, of which each person gets one of their own' },
					{ name: 'Image', value: 'image', description: 'Pictures of messages, in the sizes that mails need' },
					{ name: 'Product', value: 'product', description: 'Feeds of shops, and what of them to show whom' },
					{ name: 'Template', value: 'template', description: 'What messages of a channel are made of, with versions and languages' },
				],
				default: 'template',
			},
			...operations,
			...agentFields(GUARDED),
		],
	};

	methods = { listSearch };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await router.call(this);
	}
}
