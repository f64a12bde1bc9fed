import type { INodeProperties } from 'n8n-workflow';

import * as addMembers from './addMembers.operation';
import * as remove from './delete.operation';
import * as get from './get.operation';
import * as list from './list.operation';
import * as members from './members.operation';
import * as removeMembers from './removeMembers.operation';
import * as upsert from './upsert.operation';

export const operations = {
	addMembers: addMembers.execute,
	delete: remove.execute,
	get: get.execute,
	list: list.execute,
	members: members.execute,
	removeMembers: removeMembers.execute,
	upsert: upsert.execute,
};

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['group'] } },
		options: [
			{ name: 'Add Member', value: 'addMembers', description: 'Make a person a member of a group', action: 'Add a member to a group' },
			{
				name: 'Create or Update',
				value: 'upsert',
				description: 'Create a new record, or update the current one if it already exists (upsert)',
				action: 'Create or update a group',
			},
			{ name: 'Delete', value: 'delete', description: 'Delete a group with its attributes and memberships; the people stay', action: 'Delete a group' },
			{ name: 'Get', value: 'get', description: 'Get a group with its attributes', action: 'Get a group' },
			{ name: 'Get Many', value: 'list', description: 'Groups with their attributes and the number of their members', action: 'Get many groups' },
			{ name: 'Get Members', value: 'members', description: 'The people of a group, and since when', action: 'Get members of a group' },
			{ name: 'Remove Member', value: 'removeMembers', description: 'End the membership of a person', action: 'Remove a member from a group' },
		],
		default: 'upsert',
	},
	...addMembers.description,
	...remove.description,
	...get.description,
	...list.description,
	...members.description,
	...removeMembers.description,
	...upsert.description,
];
