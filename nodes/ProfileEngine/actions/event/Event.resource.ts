import type { INodeProperties } from 'n8n-workflow';

import * as track from './track.operation';

export const operations = { track: track.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['event'] } },
		options: [
			{
				name: 'Track',
				value: 'track',
				description: 'Record that somebody did something',
				action: 'Track an event',
			},
		],
		default: 'track',
	},
	...track.description,
];
