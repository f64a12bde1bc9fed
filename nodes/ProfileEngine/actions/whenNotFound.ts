import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Identity } from '../../../engine';

export function whenNotFoundField(displayOptions: IDisplayOptions): INodeProperties {
	return {
		displayName: 'When Not Found',
		name: 'whenNotFound',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'Error', value: 'error', description: 'Stop with an error' },
			{ name: 'No Item', value: 'nothing', description: 'Nothing comes out for this item' },
		],
		default: 'error',
		description: 'What to do when no profile has this identity',
	};
}

/** No rows for the item, or an error, as the panel says. `whose`: where there are two people. */
export function passedBy(context: IExecuteFunctions, by: Identity | { profileId: number }, itemIndex: number, whose = ''): [] {
	if (context.getNodeParameter('whenNotFound', itemIndex) === 'nothing') return [];
	throw new NodeOperationError(context.getNode(), `No profile has this ${'profileId' in by ? 'ID' : by.kind.replace(/_/g, ' ')}${whose}`, {
		itemIndex,
		description: "Check the value, or choose 'No Item' under 'When Not Found' to pass such items by.",
	});
}
