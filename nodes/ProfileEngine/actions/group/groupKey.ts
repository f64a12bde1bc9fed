import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { GroupView } from '../../../../engine';
import { nameIn, nameLocator } from '../../../shared/fields/locator';

export function groupKeyField(displayOptions: IDisplayOptions): INodeProperties {
	return nameLocator({
		displayName: 'Group Key', name: 'groupKey', list: 'searchAccounts', typed: 'By Key', displayOptions, required: true, placeholder: 'e.g. {{ $json.companyId }}',
		description: 'The ID of the account in your own system, the same as groupId in tracking',
	});
}

/** Throws with the item's index when it is empty. */
export function groupKeyOf(context: IExecuteFunctions, itemIndex: number): string {
	const key = nameIn(context.getNodeParameter('groupKey', itemIndex, ''));
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
