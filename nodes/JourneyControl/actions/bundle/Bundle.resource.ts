import type { INodeProperties } from 'n8n-workflow';

import * as exportBundle from './export.operation';
import * as importBundle from './import.operation';

export const operations = { export: exportBundle.execute, import: importBundle.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['bundle'] } },
		options: [
			{
				name: 'Export',
				value: 'export',
				description: 'A journey with its segments, lists, score models and settings as one JSON',
				action: 'Export a journey as a bundle',
			},
			{
				name: 'Import',
				value: 'import',
				description: 'Bring in what a bundle names, or say what that would change',
				action: 'Import a bundle',
			},
		],
		default: 'export',
	},
	...exportBundle.description,
	...importBundle.description,
];
