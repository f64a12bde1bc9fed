import type { INodeProperties } from 'n8n-workflow';

import * as add from './add.operation';
import * as copy from './copy.operation';
import * as create from './create.operation';
import * as remove from './delete.operation';
import * as getMany from './getMany.operation';
import * as members from './members.operation';
import * as move from './move.operation';
import * as takeOut from './remove.operation';

export const operations = {
	add: add.execute, copy: copy.execute, create: create.execute, delete: remove.execute, getMany: getMany.execute, members: members.execute, move: move.execute, remove: takeOut.execute,
};

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['list'] } },
		options: [
			{ name: 'Add', value: 'add', description: 'Put people on a list', action: 'Add people to a list' },
			{ name: 'Copy', value: 'copy', description: 'Put everybody on a list or in a segment on another list too', action: 'Copy people to a list' },
			{ name: 'Create', value: 'create', description: 'Make an empty list', action: 'Create a list' },
			{ name: 'Delete', value: 'delete', description: 'Remove a list that no journey and no segment uses; the people stay', action: 'Delete a list' },
			{ name: 'Get Many', value: 'getMany', description: 'All lists with the number of their members', action: 'Get many lists' },
			{ name: 'Get Members', value: 'members', description: 'The people on a list, and since when', action: 'Get members of a list' },
			{ name: 'Move', value: 'move', description: 'Take everybody from one list to another', action: 'Move people to another list' },
			{ name: 'Remove', value: 'remove', description: 'Take people off a list', action: 'Remove people from a list' },
		],
		default: 'add',
	},
	...add.description,
	...copy.description,
	...create.description,
	...remove.description,
	...getMany.description,
	...members.description,
	...move.description,
	...takeOut.description,
];
