import type { INodeProperties } from 'n8n-workflow';

import * as remove from './delete.operation';
import * as get from './get.operation';
import * as getMany from './getMany.operation';
import * as publish from './publish.operation';
import * as save from './save.operation';
import * as versions from './versions.operation';

export const operations = { delete: remove.execute, get: get.execute, getMany: getMany.execute, publish: publish.execute, save: save.execute, versions: versions.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['block'] } },
		options: [
			{ name: 'Create or Update', value: 'save', description: 'Create a new record, or update the current one if it already exists (upsert)', action: 'Create or update a block' },
			{ name: 'Delete', value: 'delete', description: 'Remove a block that no template and no other block shows', action: 'Delete a block' },
			{ name: 'Get', value: 'get', description: 'A block with its draft in all languages', action: 'Get a block' },
			{ name: 'Get Many', value: 'getMany', description: 'Blocks with their state and languages', action: 'Get many blocks' },
			{ name: 'Get Versions', value: 'versions', description: 'Who published what and when, newest first', action: 'Get versions of a block' },
			{ name: 'Publish', value: 'publish', description: 'Let templates show the draft from their next version on, or all of them at once', action: 'Publish a block' },
		],
		default: 'save',
	},
	...remove.description,
	...get.description,
	...getMany.description,
	...publish.description,
	...save.description,
	...versions.description,
];
