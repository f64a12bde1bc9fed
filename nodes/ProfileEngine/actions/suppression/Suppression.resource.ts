import type { INodeProperties } from 'n8n-workflow';

import * as add from './add.operation';
import * as check from './check.operation';
import * as getMany from './getMany.operation';
import * as importList from './import.operation';
import * as remove from './remove.operation';

export const operations = { add: add.execute, check: check.execute, getMany: getMany.execute, import: importList.execute, remove: remove.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['suppression'] } },
		options: [
			{
				name: 'Add',
				value: 'add',
				description: 'Never write to an address again',
				action: 'Add a suppressed address',
			},
			{
				name: 'Check',
				value: 'check',
				description: 'Whether an address is suppressed, and why',
				action: 'Check an address for suppression',
			},
			{
				name: 'Get Many',
				value: 'getMany',
				description: 'The addresses on the list',
				action: 'Get many suppressed addresses',
			},
			{
				name: 'Import',
				value: 'import',
				description: 'Take in the suppression list of another system from a CSV file',
				action: 'Import a suppression list',
			},
			{
				name: 'Remove',
				value: 'remove',
				description: 'Allow an address again',
				action: 'Remove a suppressed address',
			},
		],
		default: 'add',
	},
	...add.description,
	...check.description,
	...getMany.description,
	...importList.description,
	...remove.description,
];
