import type { IDisplayOptions, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { sourceOf } from '../../../shared/source';
import { inCalls, readItems, reported, writtenItems } from '../batch';
import { identityFields, identityOf } from '../identity';
import { isHistorical, journeyStartsField } from '../journeyStarts';
import { groupKeyField, groupKeyOf } from './groupKey';

export function membershipFields(displayOptions: IDisplayOptions): INodeProperties[] {
	return [groupKeyField(displayOptions), ...identityFields(displayOptions, 'of the member'), journeyStartsField(displayOptions)];
}

export async function changeMembers(context: IExecuteFunctions, change: Engine['groups']['addMembers']): Promise<INodeExecutionData[]> {
	const read = readItems(context, (index) => ({ key: groupKeyOf(context, index), member: identityOf(context, index) }));
	const { rows, rejected } = await inCalls(context, read, async (part) => reported(await change(part, { historical: isHistorical(context), source: sourceOf(context) })));
	return writtenItems(context, read, { profiles: rows, rejected });
}
