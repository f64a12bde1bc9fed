import type { INodeProperties } from 'n8n-workflow';

import { durationFields, eventFiltersField, messageStepField, nameLocator } from '../shared/fields';

const MEASURED = ['experiment', 'bandit'];
const measured = (metric: string) => ({ show: { mode: MEASURED, metric: [metric] } });

export const properties: INodeProperties[] = [
	{
		displayName: 'Mode',
		name: 'mode',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Bandit', value: 'bandit', description: 'Paths that do better get more of the people, while it is still being found out' },
			{ name: 'Experiment (A/B/n Test)', value: 'experiment', description: 'Equal parts, and a winner as soon as one is certain' },
			{ name: 'Percentages', value: 'percentages', description: 'Fixed parts; nothing is measured' },
		],
		default: 'percentages',
		description: 'How people are divided among the paths',
	},
	{
		displayName: 'Paths',
		name: 'paths',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, maxValue: 10 },
		placeholder: 'Add Path',
		default: { path: [{ name: 'A', percent: 50 }, { name: 'B', percent: 50 }] },
		description: 'Two to ten, each with an output. Whoever adds, removes or moves one checks the connections behind it: n8n keeps them by place.',
		options: [{
			displayName: 'Path', name: 'path',
			values: [
				{
					displayName: 'Name', name: 'name', type: 'string', noDataExpression: true, default: '', placeholder: 'e.g. Short Subject',
					description: 'What the output is called. People are remembered by it; a path that is renamed where it stands keeps them.',
				},
				{
					displayName: 'Percent', name: 'percent', type: 'number', noDataExpression: true, typeOptions: { minValue: 0, maxValue: 100, numberPrecision: 2 }, default: 50,
					displayOptions: { show: { '/mode': ['percentages'] } }, description: 'Part of all people who take this path. All of them add up to 100.',
				},
			],
		}],
	},
	{
		displayName: 'Who Comes Again',
		name: 'unit',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Is Drawn Anew', value: 'enrollment', description: 'In each run of the journey another draw' },
			{ name: 'Keeps the Path', value: 'person', description: 'The same path in every run of the journey, also after two profiles were merged' },
		],
		default: 'person',
		description: 'What happens to somebody who goes through the journey a second time',
	},
	{
		displayName: 'Metric',
		name: 'metric',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { mode: MEASURED } },
		options: [
			{ name: 'Event', value: 'event', description: 'The person does something' },
			{ name: 'Goal of This Journey', value: 'goal', description: 'The person reaches a goal in this run' },
			{ name: 'Message of This Journey', value: 'message', description: 'The person clicks, opens or answers a message that this run sends behind the split' },
		],
		default: 'goal',
		description: 'What counts as a conversion. It counts once for each person.',
	},
	{
		...nameLocator({
			displayName: 'Goal', name: 'goal', list: 'searchGoals', typed: 'By Name', displayOptions: measured('goal'), placeholder: 'e.g. First Order',
			description: 'Name of the goal, as the Journey Goal or the Journey Trigger has it. The list has those that somebody has reached.',
		}),
		noDataExpression: true,
	},
	{
		displayName: 'Message Was', name: 'happened', type: 'options', noDataExpression: true, default: 'clicked', displayOptions: measured('message'),
		options: [{ name: 'Clicked', value: 'clicked', description: 'A link in it, not by a machine' }, { name: 'Opened', value: 'opened', description: 'Also by mail programs that load pictures by themselves: a click is surer' }, { name: 'Replied To', value: 'replied', description: 'By a person. What does not say to what it answers, such as a text message, counts for the newest one that went to its number within 7 days.' }],
		description: 'What the person must do with it',
	},
	messageStepField('Whose message.', measured('message')),
	nameLocator({ displayName: 'Event', name: 'event', description: 'What the person must do', placeholder: 'e.g. Order Completed', list: 'searchEvents', displayOptions: measured('event') }),
	eventFiltersField('filters', 'Property Filters', measured('event')),
	...durationFields({
		amount: { name: 'window', displayName: 'Within', default: 7, description: 'How long after the split a conversion counts. People are counted when this time is over, converted or not.' },
		unit: { name: 'windowUnit', displayName: 'Unit', default: 'days', description: 'Unit of the time' },
		displayOptions: { show: { mode: MEASURED } },
	}),
	{
		displayName: 'Send Everybody to the Winner', name: 'sendToWinner', type: 'boolean', noDataExpression: true, default: false, displayOptions: { show: { mode: ['experiment'] } },
		description: 'Whether everybody new takes the winning path once there is one. Who already has a path keeps it.',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			{
				displayName: 'Least Part of Each Path (%)', name: 'floorPercent', type: 'number', typeOptions: { minValue: 0, maxValue: 50 }, default: 2, displayOptions: { show: { '/mode': ['bandit'] } },
				description: 'So many of the people still take a path that does badly, so that it is noticed when that changes',
			},
			{
				displayName: 'Name of the Draw', name: 'salt', type: 'string', default: '', placeholder: 'e.g. newsletter 2026', displayOptions: { show: { '/mode': ['percentages'] } },
				description: 'Splits with the same name give each person the same place: whoever takes the first tenth here does so there. Empty: each split draws by itself.',
			},
			{ displayName: 'Path Field', name: 'pathField', type: 'string', default: '', placeholder: 'e.g. path', description: 'Field of the item that gets the name of the path. Empty: none.' },
			{
				displayName: 'People of Each Path at Least', name: 'minimumPeople', type: 'number', typeOptions: { minValue: 1, numberPrecision: 0 }, default: 100, displayOptions: { show: { '/mode': MEASURED } },
				description: 'How many people of each path must have been counted before a winner is named',
			},
			{
				displayName: 'Risk of a Wrong Winner (%)', name: 'riskPercent', type: 'number', typeOptions: { minValue: 0.1, maxValue: 50 }, default: 5, displayOptions: { show: { '/mode': MEASURED } },
				description: 'How likely a winner may be named where there is none, however often and however long one looks',
			},
		],
	},
];
