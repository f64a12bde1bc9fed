import type { INodeProperties } from 'n8n-workflow';

import * as get from './get.operation';
import * as importCsv from './import.operation';
import * as upsert from './upsert.operation';

export const operations = { get: get.execute, import: importCsv.execute, upsert: upsert.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['profile'] } },
		options: [
			{
				name: 'Create or Update',
				value: 'upsert',
				description: 'Create a new record, or update the current one if it already exists (upsert)',
				action: 'Create or update a profile',
			},
			{
				name: 'Get',
				value: 'get',
				description: 'Get a profile with its segments, consents, latest events and journeys',
				action: 'Get a profile',
			},
			{
				name: 'Import CSV',
				value: 'import',
				description: 'Create or update profiles from a CSV file of any size',
				action: 'Import profiles from a CSV file',
			},
		],
		default: 'upsert',
	},
	...get.description,
	...importCsv.description,
	...upsert.description,
];
