import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { leaveOutField, leavesOut } from '../leaveOut';
import { listField, listOf } from '../list/listName';
import { chosenSegment, segmentField } from '../segment/segmentName';
import { exportFiles, formatField, outputFieldOption } from '../transfer/exportFile';

const show = { resource: ['profile'], operation: ['export'] };

export const description: INodeProperties[] = [
	{
		displayName: 'Whom',
		name: 'whom',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show },
		options: [
			{ name: 'Everybody', value: 'all', description: 'All profiles' },
			{ name: 'Members of a List', value: 'list', description: 'The people of a static list' },
			{ name: 'Members of a Segment', value: 'segment', description: 'The people for whom the rule holds now' },
		],
		default: 'all',
		description: 'Whose profiles to export',
	},
	segmentField({ show: { ...show, whom: ['segment'] } }),
	listField({ show: { ...show, whom: ['list'] } }),
	leaveOutField({ show }),
	formatField({ show }),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		displayOptions: { show },
		default: {},
		options: [outputFieldOption()],
	},
];

/** Attributes, identities, consents, suppressions and do-not-sell of people, as a file. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await exportFiles(this, engine, async (index) => {
		const whom = this.getNodeParameter('whom', index, 'all') as string;
		const profiles = { about: 'profiles' as const, sharableOnly: leavesOut(this, index) };
		if (whom === 'segment') return { ...profiles, segment: (await chosenSegment(this, engine, index)).name };
		if (whom !== 'list') return profiles;
		return { ...profiles, list: listOf(this, index) };
	});
}
