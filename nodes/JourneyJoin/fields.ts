import type { INodeProperties } from 'n8n-workflow';

import { batchOptionField, durationFields } from '../shared/fields';

export const properties: INodeProperties[] = [
	{
		displayName:
			'Lead every path that is to meet into the input: each line is a path of its own. Two ways of which a person takes only one must become one line before, for example in a No Operation node.',
		name: 'notice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Continue When',
		name: 'continueWhen',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'A Number of Paths Have Arrived', value: 'number', description: 'As soon as so many different lines have brought the person' },
			{ name: 'All Paths Have Arrived', value: 'all', description: 'As many as there are lines into this node' },
			{ name: 'The First Path Arrives', value: 'first', description: 'Whoever comes by another line later ends here' },
		],
		default: 'all',
		description: 'When a person goes on. The other paths of this person end here.',
	},
	{
		displayName: 'Paths',
		name: 'paths',
		type: 'number',
		noDataExpression: true,
		typeOptions: { minValue: 2, numberPrecision: 0 },
		displayOptions: { show: { continueWhen: ['number'] } },
		default: 2,
		description: 'How many different lines have to bring the person',
	},
	...durationFields({
		amount: {
			name: 'timeout',
			displayName: 'Wait at Most',
			default: 7,
			description: 'How long the first path waits for the others. Then the person leaves by Timed Out, and so at once when nothing else of this run is under way.',
		},
		unit: { name: 'timeoutUnit', displayName: 'Unit', default: 'days', description: 'Unit of the longest time to wait. A day has 24 hours.' },
	}),
	{
		displayName: 'In a Manual Run, Leave By',
		name: 'manualOutput',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Joined', value: 'joined', description: 'As if enough paths had arrived' },
			{ name: 'Timed Out', value: 'timedOut', description: 'As if the time were over' },
		],
		default: 'joined',
		description: 'Nobody waits in the editor; choose which way to look at. A published journey ignores this.',
	},
	batchOptionField,
];
