import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { GroupView } from '../../../../engine';

export function groupKeyField(displayOptions: IDisplayOptions): INodeProperties {
	return {
		displayName: 'Group Key',
		name: 'groupKey',
		type: 'string',
		displayOptions,
		required: true,
		default: '',
		placeholder: 'e.g. {{ $json.companyId }}',
		description: 'The ID of the account in your own system, the same as groupId in tracking',
	};
}

/** Throws with the item's index when it is empty. */
export function groupKeyOf(context: IExecuteFunctions, itemIndex: number): string {
	const key = String(context.getNodeParameter('groupKey', itemIndex, '') ?? '').trim();
	if (key !== '') return key;
	throw new NodeOperationError(context.getNode(), "'Group Key' is empty", {
		itemIndex,
		description: 'Check the expression, or filter out items without one before this node.',
	});
}

/** The key under the name it has in the panel. */
export function groupRow({ key, ...group }: GroupView): IDataObject {
	return { groupKey: key, ...group } as unknown as IDataObject;
}
