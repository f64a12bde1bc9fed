import type { INodeProperties } from 'n8n-workflow';

import * as get from './get.operation';
import * as getMany from './getMany.operation';
import * as save from './save.operation';

export const operations = { get: get.execute, getMany: getMany.execute, save: save.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['template'] } },
		options: [
			{ name: 'Create or Update', value: 'save', description: 'Create a new record, or update the current one if it already exists (upsert)', action: 'Create or update a template' },
			{ name: 'Get', value: 'get', description: 'A template with its draft in all languages', action: 'Get a template' },
			{ name: 'Get Many', value: 'getMany', description: 'Templates with their state and languages', action: 'Get many templates' },
		],
		default: 'save',
	},
	...get.description,
	...getMany.description,
	...save.description,
];
