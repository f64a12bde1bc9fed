import type { INodeProperties } from 'n8n-workflow';

import { batchSizeField, durationFields, eventFiltersField, nameLocator } from '../shared/fields';

export const properties: INodeProperties[] = [
	{
		displayName:
			'People wait in the journeys database, not in n8n. Whoever does what is described here leaves by Continued at once; the others leave by Timed Out.',
		name: 'notice',
		type: 'notice',
		default: '',
	},
	nameLocator({
		displayName: 'Event',
		name: 'event',
		required: true,
		description: 'What people are waited for to do. An event counts from the moment they came into this part of the journey.',
		placeholder: 'e.g. Order Completed',
		list: 'searchEvents',
		default: 'Email Link Clicked',
	}),
	eventFiltersField('eventFilters', 'Property Filters'),
	...durationFields({
		amount: {
			name: 'timeout',
			displayName: 'Wait at Most',
			default: 3,
			description: 'After this time without the event a person leaves by Timed Out',
		},
		unit: { name: 'timeoutUnit', displayName: 'Unit', default: 'days', description: 'Unit of the longest time to wait. A day has 24 hours.' },
	}),
	{
		displayName: 'In a Manual Run, Leave By',
		name: 'manualOutput',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Continued', value: 'continued', description: 'As if the event had happened' },
			{ name: 'Timed Out', value: 'timedOut', description: 'As if the time were over' },
		],
		default: 'continued',
		description: 'Nobody waits in the editor; choose which way to look at. A published journey ignores this.',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [batchSizeField],
	},
];
