import type { INodeProperties } from 'n8n-workflow';

import * as get from './get.operation';
import * as history from './history.operation';
import * as restore from './restore.operation';
import * as set from './set.operation';

export const operations = { get: get.execute, history: history.execute, restore: restore.execute, set: set.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['settings'] } },
		options: [
			{
				name: 'Get',
				value: 'get',
				description: 'What holds now, defaults included',
				action: 'Get the settings',
			},
			{
				name: 'Get History',
				value: 'history',
				description: 'Earlier versions: who changed what, and when',
				action: 'Get the history of the settings',
			},
			{
				name: 'Restore',
				value: 'restore',
				description: 'Let an earlier version hold again',
				action: 'Restore earlier settings',
			},
			{
				name: 'Set',
				value: 'set',
				description: 'Change some; everything else stays as it is',
				action: 'Change settings',
			},
		],
		default: 'get',
	},
	...get.description,
	...history.description,
	...restore.description,
	...set.description,
];
