import type { INodeProperties } from 'n8n-workflow';

import * as count from './count.operation';
import * as members from './members.operation';
import * as save from './save.operation';

export const operations = { count: count.execute, members: members.execute, save: save.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['segment'] } },
		options: [
			{
				name: 'Count',
				value: 'count',
				description: 'How many people belong to a segment, or would by a rule',
				action: 'Count people in a segment',
			},
			{
				name: 'Create or Update',
				value: 'save',
				description: 'Create a new record, or update the current one if it already exists (upsert)',
				action: 'Create or update a segment',
			},
			{
				name: 'Get Members',
				value: 'members',
				description: 'The people who belong to a segment, and since when',
				action: 'Get members of a segment',
			},
		],
		default: 'save',
	},
	...count.description,
	...members.description,
	...save.description,
];
