import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { groupKeyField, groupKeyOf, groupRow } from './groupKey';

const displayOptions = { show: { resource: ['group'], operation: ['get'] } };

export const description: INodeProperties[] = [groupKeyField(displayOptions)];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index): Promise<IDataObject[]> => {
		const group = await engine.groups.get(groupKeyOf(this, index));
		if (group !== null) return [groupRow(group)];
		throw new NodeOperationError(this.getNode(), 'No group has this key', {
			itemIndex: index,
			description: "Check the value, or create the group first with 'Create or Update'.",
		});
	});
}
