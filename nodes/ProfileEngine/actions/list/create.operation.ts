import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { rowOf } from '../namedRow';

const displayOptions = { show: { resource: ['list'], operation: ['create'] } };

export const description: INodeProperties[] = [
	{
		displayName: 'Name',
		name: 'listName',
		type: 'string',
		displayOptions,
		required: true,
		default: '',
		placeholder: 'e.g. Press',
		description: 'Name of the list. It may not be that of a segment or another list.',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => [rowOf(await engine.lists.create(String(this.getNodeParameter('listName', index, '')).trim()))]);
}
