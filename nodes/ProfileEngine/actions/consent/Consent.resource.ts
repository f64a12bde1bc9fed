import type { INodeProperties } from 'n8n-workflow';

import * as doNotSell from './doNotSell.operation';
import * as get from './get.operation';
import * as history from './history.operation';
import * as link from './link.operation';
import * as request from './request.operation';
import * as set from './set.operation';
import * as setPreferences from './setPreferences.operation';

export const operations = {
	doNotSell: doNotSell.execute, get: get.execute, history: history.execute, link: link.execute, request: request.execute, set: set.execute,
	setPreferences: setPreferences.execute,
};

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['consent'] } },
		options: [
			{
				name: 'Get',
				value: 'get',
				description: 'What a person has agreed to, how often and in which language, as it is now',
				action: 'Get consent of a person',
			},
			{
				name: 'Get History',
				value: 'history',
				description: 'Every choice a person ever made, with its proof',
				action: 'Get the consent history of a person',
			},
			{
				name: 'Get Preference Link',
				value: 'link',
				description: 'A signed link to the preference centre of a person',
				action: 'Get the preference link of a person',
			},
			{
				name: 'Request Double Opt-In',
				value: 'request',
				description: 'Make a link whose page asks the person to confirm',
				action: 'Request a double opt in',
			},
			{
				name: 'Set',
				value: 'set',
				description: 'Record that a person subscribed or unsubscribed',
				action: 'Set consent of a person',
			},
			{
				name: 'Set Do Not Sell',
				value: 'doNotSell',
				description: 'Keep a person out of everything shared with third parties',
				action: 'Set do not sell of a person',
			},
			{
				name: 'Set Preferences',
				value: 'setPreferences',
				description: 'How often a person is written to, a pause, and their language',
				action: 'Set preferences of a person',
			},
		],
		default: 'set',
	},
	...doNotSell.description,
	...get.description,
	...history.description,
	...link.description,
	...request.description,
	...set.description,
	...setPreferences.description,
];
