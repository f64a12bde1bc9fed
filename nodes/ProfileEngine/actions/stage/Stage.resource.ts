import type { INodeProperties } from 'n8n-workflow';

import * as define from './define.operation';
import * as get from './get.operation';
import * as set from './set.operation';

export const operations = { define: define.execute, get: get.execute, set: set.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['stage'] } },
		options: [
			{ name: 'Define', value: 'define', description: 'The list of stages, and which moves are allowed', action: 'Define the stages' },
			{ name: 'Get', value: 'get', description: 'The stage of a person, or the list with its people', action: 'Get a stage' },
			{ name: 'Set', value: 'set', description: 'Move people to a stage', action: 'Set the stage of people' },
		],
		default: 'set',
	},
	...define.description,
	...get.description,
	...set.description,
];
