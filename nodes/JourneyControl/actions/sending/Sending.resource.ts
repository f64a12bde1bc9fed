import type { INodeProperties } from 'n8n-workflow';

import * as checkDomain from './checkDomain.operation';
import * as resume from './resume.operation';
import * as stop from './stop.operation';

export const operations = { checkDomain: checkDomain.execute, resume: resume.execute, stop: stop.execute };

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['sending'] } },
		options: [
			{
				name: 'Check Sender Domain',
				value: 'checkDomain',
				description: 'Look up MX, SPF, DKIM and DMARC of the domain that mails come from, and say what to fix',
				action: 'Check the domain of a sender',
			},
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
	...checkDomain.description,
	...resume.description,
	...stop.description,
];
