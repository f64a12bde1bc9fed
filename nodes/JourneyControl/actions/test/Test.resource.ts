import type { INodeProperties } from 'n8n-workflow';

import * as start from './start.operation';
import * as timeline from './timeline.operation';

export const operations = { start: start.execute, timeline: timeline.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['test'] } },
		options: [
			{
				name: 'Start',
				value: 'start',
				description: 'Let test people enter a published journey',
				action: 'Start a test of a journey',
			},
			{
				name: 'Timeline',
				value: 'timeline',
				description: 'What happened to the test people: steps, waits, messages, exits',
				action: 'Get the timeline of a test',
			},
		],
		default: 'start',
	},
	...start.description,
	...timeline.description,
];
