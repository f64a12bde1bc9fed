import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { nameIn, nameLocator } from '../../../shared/fields';
import { sourceOf } from '../../../shared/source';
import { rowOf } from '../namedRow';
import { ruleFields, ruleOf } from './rule';

const displayOptions = { show: { resource: ['segment'], operation: ['save'] } };

export const description: INodeProperties[] = [
	nameLocator({
		displayName: 'Name', name: 'segmentName', list: 'searchSegments', typed: 'By Name', displayOptions, required: true, placeholder: 'e.g. Active Customers',
		description: 'Name of the segment. One that exists gets the new rule; members who still belong stay in without a break.',
	}),
	{
		displayName: 'Rule From',
		name: 'ruleFrom',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'Builder', value: 'builder', description: 'Groups of conditions from lists' },
			{ name: 'JSON', value: 'json', description: 'Nested as deep as you like' },
		],
		default: 'builder',
		description: 'How the rule is written',
	},
	...ruleFields(displayOptions),
	{
		displayName: 'Start Journeys',
		name: 'startJourneysByRule',
		type: 'boolean',
		displayOptions,
		default: false,
		description: 'Whether people who enter or leave because the rule is new or was changed start journeys. What they do later starts them anyway.',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const name = nameIn(this.getNodeParameter('segmentName', index, ''));
		if (name === '') {
			throw new NodeOperationError(this.getNode(), 'The segment has no name', {
				itemIndex: index,
				description: "Fill in 'Name', for example Active Customers.",
			});
		}
		const segment = await engine.segments.save({ name, rule: ruleOf(this, index), startJourneys: this.getNodeParameter('startJourneysByRule', index, false) === true, source: sourceOf(this) });
		return [rowOf(segment)];
	});
}
