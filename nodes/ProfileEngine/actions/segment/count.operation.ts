import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { ruleFields, ruleOf } from './rule';
import { chosenSegment, segmentField } from './segmentName';

const displayOptions = { show: { resource: ['segment'], operation: ['count'] } };

export const description: INodeProperties[] = [
	{
		displayName: 'Count',
		name: 'ruleFrom',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'A Rule', value: 'builder', description: 'Try a rule without saving it' },
			{ name: 'A Rule as JSON', value: 'json', description: 'Try a rule in JSON without saving it' },
			{ name: 'A Segment', value: 'segment', description: 'The members of a saved segment' },
		],
		default: 'segment',
		description: 'Whom to count',
	},
	segmentField({ show: { ...displayOptions.show, ruleFrom: ['segment'] } }),
	...ruleFields(displayOptions),
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		if (this.getNodeParameter('ruleFrom', index) !== 'segment') {
			return [{ count: await engine.segments.count({ rule: ruleOf(this, index) }) }];
		}
		const { name } = await chosenSegment(this, engine, index);
		return [{ segment: name, count: await engine.segments.count({ name }) }];
	});
}
