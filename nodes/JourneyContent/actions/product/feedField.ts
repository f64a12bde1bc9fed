import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { nameIn, nameLocator } from '../../../shared/fields';

export function feedField(displayOptions: INodeProperties['displayOptions']): INodeProperties {
	return nameLocator({ displayName: 'Feed', name: 'feed', list: 'searchProductFeeds', displayOptions, placeholder: 'e.g. default', default: 'default', description: 'Products of one shop, language and currency; one that there is not yet is made by its import' });
}

export function feedOf(context: IExecuteFunctions, index: number): string {
	return nameIn(context.getNodeParameter('feed', index, 'default')) || 'default';
}
