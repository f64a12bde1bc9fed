import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { isHistorical, journeyStartsField } from '../journeyStarts';
import { listField, listOf, reportRow } from './listName';

const displayOptions = { show: { resource: ['list'], operation: ['move'] } };

export const description: INodeProperties[] = [
	listField(displayOptions, { displayName: 'From', name: 'from', list: 'searchLists', description: 'The list whose people are moved; it stays, without them' }),
	listField(displayOptions, { displayName: 'To', description: 'The list they are moved to; it is made when it does not exist' }),
	journeyStartsField(displayOptions),
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const to = listOf(this, index);
		return [reportRow(to, await engine.lists.move(listOf(this, index, 'from'), to, { startJourneys: !isHistorical(this), source: sourceOf(this) }))];
	});
}
