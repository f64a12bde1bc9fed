import type { INodeProperties } from 'n8n-workflow';

import * as count from './count.operation';
import * as remove from './delete.operation';
import * as get from './get.operation';
import * as getMany from './getMany.operation';
import * as members from './members.operation';
import * as preview from './preview.operation';
import * as rename from './rename.operation';
import * as save from './save.operation';

export const operations = {
	count: count.execute, delete: remove.execute, get: get.execute, getMany: getMany.execute, members: members.execute, preview: preview.execute, rename: rename.execute, save: save.execute,
};

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['segment'] } },
		options: [
			{ name: 'Count', value: 'count', description: 'How many people belong to a segment, or would by a rule', action: 'Count people in a segment' },
			{
				name: 'Create or Update',
				value: 'save',
				description: 'Create a new record, or update the current one if it already exists (upsert)',
				action: 'Create or update a segment',
			},
			{ name: 'Delete', value: 'delete', description: 'Remove a segment that no journey and no segment uses', action: 'Delete a segment' },
			{ name: 'Get', value: 'get', description: 'The rule of a segment, as JSON and as a sentence', action: 'Get a segment' },
			{ name: 'Get Many', value: 'getMany', description: 'All segments with the number of their members', action: 'Get many segments' },
			{ name: 'Get Members', value: 'members', description: 'The people who belong to a segment, and since when', action: 'Get members of a segment' },
			{ name: 'Preview', value: 'preview', description: 'The number of people, some of them, and the rule as a sentence', action: 'Preview a segment' },
			{ name: 'Rename', value: 'rename', description: 'Give a segment another name', action: 'Rename a segment' },
		],
		default: 'save',
	},
	...count.description,
	...remove.description,
	...get.description,
	...getMany.description,
	...members.description,
	...preview.description,
	...rename.description,
	...save.description,
];
