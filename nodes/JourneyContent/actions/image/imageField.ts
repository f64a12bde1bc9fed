import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { nameIn, nameLocator } from '../../../shared/fields';

export function imageField(displayOptions: INodeProperties['displayOptions']): INodeProperties {
	return nameLocator({ displayName: 'Image', name: 'image', list: 'searchImages', required: true, displayOptions, placeholder: 'e.g. hero', description: 'Name or ID of the image' });
}

export function imageOf(context: IExecuteFunctions, index: number): string {
	return nameIn(context.getNodeParameter('image', index, ''));
}
