import type { INodeProperties } from 'n8n-workflow';

import * as messages from './messages.operation';
import * as people from './people.operation';
import * as retryHeld from './retryHeld.operation';
import * as status from './status.operation';

export const operations = { messages: messages.execute, people: people.execute, retryHeld: retryHeld.execute, status: status.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['journey'] } },
		options: [
			{
				name: 'Get Messages',
				value: 'messages',
				description: 'Why somebody got a message or did not: sent, skipped why, held until when',
				action: 'Get messages of a journey',
			},
			{
				name: 'Get People',
				value: 'people',
				description: 'Who stands where, since when, and when they are due',
				action: 'Get people in a journey',
			},
			{
				name: 'Get Status',
				value: 'status',
				description: 'Numbers for each step or journey: waiting, held, sent, opened, clicked, goals',
				action: 'Get status of journeys',
			},
			{
				name: 'Retry Held',
				value: 'retryHeld',
				description: 'Let people go on who are held after a failure',
				action: 'Retry held people',
			},
		],
		default: 'status',
	},
	...messages.description,
	...people.description,
	...retryHeld.description,
	...status.description,
];
