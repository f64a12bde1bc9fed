import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { failItem } from '../../../shared/errors';
import { readItems } from '../batch';
import { identityFields, identityOf } from '../identity';

const displayOptions = { show: { resource: ['stage'], operation: ['get'] } };

export const description: INodeProperties[] = [
	{
		displayName: 'What',
		name: 'stageOf',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'The List of Stages', value: 'list', description: 'All stages in order, with the number of people in each' },
			{ name: 'The Stage of a Person', value: 'person', description: 'Where each person stands, and since when' },
		],
		default: 'person',
		description: 'What to get',
	},
	...identityFields({ show: { ...displayOptions.show, stageOf: ['person'] } }, 'whose stage to get'),
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	if (this.getNodeParameter('stageOf', 0) === 'list') return await eachItem(this, async () => [(await engine.scores.stages()) as unknown as IDataObject]);
	const read = readItems(this, (index) => identityOf(this, index));
	const stages = read.values.length === 0 ? [] : await engine.scores.stageOf(read.values);
	const items = stages.map(({ profile, stage, since }, n): INodeExecutionData => {
		const item = read.indexes[n] ?? 0;
		if (profile !== null) return { json: { profileId: profile, stage, since }, pairedItem: { item } };
		return failItem(this, new NodeOperationError(this.getNode(), 'No profile has this identity', { itemIndex: item, description: 'Check the value to identify by.' }), item);
	});
	return [...items, ...read.failed];
}
