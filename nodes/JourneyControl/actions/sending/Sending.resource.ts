import type { INodeProperties } from 'n8n-workflow';

import * as resume from './resume.operation';
import * as stop from './stop.operation';

export const operations = { resume: resume.execute, stop: stop.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['sending'] } },
		options: [
			{
				name: 'Resume',
				value: 'resume',
				description: 'Send again, beginning with what was held',
				action: 'Resume sending',
			},
			{
				name: 'Stop All',
				value: 'stop',
				description: 'Stop every message of every journey at once',
				action: 'Stop all sending',
			},
		],
		default: 'stop',
	},
	...resume.description,
	...stop.description,
];
