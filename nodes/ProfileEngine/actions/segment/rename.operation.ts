import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { rowOf } from '../namedRow';
import { chosenSegment, segmentField } from './segmentName';

const displayOptions = { show: { resource: ['segment'], operation: ['rename'] } };

export const description: INodeProperties[] = [
	segmentField(displayOptions),
	{
		displayName: 'New Name',
		name: 'newName',
		type: 'string',
		displayOptions,
		required: true,
		default: '',
		placeholder: 'e.g. Active Customers',
		description: 'Refused while a journey or another segment uses the segment',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const { name } = await chosenSegment(this, engine, index);
		const newName = String(this.getNodeParameter('newName', index, '')).trim();
		return [rowOf(await engine.segments.rename(name, newName, { source: sourceOf(this) }))];
	});
}
