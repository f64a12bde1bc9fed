import type { INodeProperties } from 'n8n-workflow';

import * as get from './get.operation';
import * as set from './set.operation';

export const operations = { get: get.execute, set: set.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['brand'] } },
		options: [
			{ name: 'Get', value: 'get', description: 'The brand as templates see it', action: 'Get the brand' },
			{ name: 'Set', value: 'set', description: 'Change values of the brand; the others stay', action: 'Set the brand' },
		],
		default: 'get',
	},
	...get.description,
	...set.description,
];
