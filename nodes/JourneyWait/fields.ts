import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { batchOptionField, durationFields, nameLocator, settingsInForceField } from '../shared/fields';

const only = (...kinds: string[]): INodeProperties['displayOptions'] => ({ show: { wait: kinds } });

const BESIDE_THE_DATE: INodeProperties['displayOptions'] = { show: { wait: ['date', 'attribute'], offset: ['before', 'after'] } };

/** Ways on for people who have no date to wait for. */
const WITHOUT_WAITING: INodePropertyOptions[] = [
	{ name: 'Continue at Once', value: 'continue' },
	{ name: 'Leave by Passed', value: 'output', description: 'The node gets a second output' },
	{ name: 'Leave the Journey', value: 'exit' },
];

const IF_PASSED: INodePropertyOptions[] = [...WITHOUT_WAITING, { name: 'Wait for the Day in Another Year', value: 'nextYear', description: 'For birthdays and other anniversaries. 29 February is the 28th in other years.' }];
const IF_MISSING: INodePropertyOptions[] = [...WITHOUT_WAITING, { name: 'Wait Until There Is One', value: 'wait', description: 'They stay here, with the reason, until the attribute gets a date' }];

const dateFields: INodeProperties[] = [
	{
		displayName: 'Date',
		name: 'date',
		type: 'dateTime',
		required: true,
		default: '',
		displayOptions: only('date'),
		description: 'A time without a zone is each person\'s own local time. May be an expression per item.',
	},
	nameLocator({
		displayName: 'Attribute',
		name: 'attribute',
		required: true,
		description: 'Attribute that holds a date, for example 2026-05-01. When it changes, those who wait follow it.',
		placeholder: 'e.g. renewal_date',
		list: 'searchAttributes',
		displayOptions: only('attribute'),
	}),
	{
		displayName: 'When',
		name: 'offset',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'After It', value: 'after' },
			{ name: 'Before It', value: 'before' },
			{ name: 'On It', value: 'on' },
		],
		default: 'on',
		displayOptions: only('date', 'attribute'),
		description: 'Whether people go on at the date, or some time before or after it',
	},
	{
		displayName: 'By',
		name: 'offsetAmount',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 1,
		displayOptions: BESIDE_THE_DATE,
		description: 'How long before or after the date',
	},
	{
		displayName: 'Unit',
		name: 'offsetUnit',
		type: 'options',
		options: [
			{ name: 'Days', value: 'days' },
			{ name: 'Hours', value: 'hours' },
			{ name: 'Minutes', value: 'minutes' },
			{ name: 'Weeks', value: 'weeks' },
		],
		default: 'days',
		displayOptions: BESIDE_THE_DATE,
		description: 'Days and weeks are those of the calendar where the person is',
	},
	{
		displayName: 'At',
		name: 'dayTime',
		type: 'string',
		default: '',
		placeholder: 'e.g. 09:30',
		displayOptions: only('date', 'attribute'),
		description: 'Time of that day where the person is. Empty: the date\'s own time, midnight where it has none.',
	},
	{
		displayName: 'If It Has Passed',
		name: 'ifPassed',
		type: 'options',
		noDataExpression: true,
		options: IF_PASSED,
		default: 'continue',
		displayOptions: only('date', 'attribute'),
		description: 'What happens to people for whom that moment is over already',
	},
	{
		displayName: 'If There Is No Date',
		name: 'ifMissing',
		type: 'options',
		noDataExpression: true,
		options: IF_MISSING,
		default: 'wait',
		displayOptions: only('attribute'),
		description: 'What happens to people whose attribute is empty or holds no date',
	},
];

export const properties: INodeProperties[] = [
	{
		displayName:
			'People wait in the journeys database, not in n8n: the execution ends here, and a new one starts from here when their time has come. In the editor they pass at once.',
		name: 'notice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Wait',
		name: 'wait',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'For a Time', value: 'duration', description: 'Minutes, days, weeks from here' },
			{ name: 'Until a Date', value: 'date', description: 'The same for everybody, or from the item' },
			{ name: 'Until a Date of the Person', value: 'attribute', description: 'A birthday, a renewal, an appointment; before or after it' },
			{ name: 'Until a Time of Day', value: 'time', description: 'Where the person is, on some weekdays or any' },
			{ name: 'Until the Best Time to Send', value: 'best', description: 'The hour at which each person opens and clicks most' },
		],
		default: 'duration',
		description: 'What people wait for',
	},
	...durationFields({
		amount: {
			name: 'amount',
			displayName: 'Wait For',
			default: 1,
			description: 'How long each person waits, from the moment of arriving here',
		},
		unit: { name: 'unit', displayName: 'Unit', default: 'days', description: 'Unit of the time to wait. A day has 24 hours.' },
		displayOptions: only('duration'),
	}),
	{
		displayName: 'Time of Day',
		name: 'timeOfDay',
		type: 'string',
		required: true,
		default: '09:00',
		placeholder: 'e.g. 09:30',
		displayOptions: only('time'),
		description: 'Hours and minutes where the person is. Whoever arrives later than that waits for the next such day.',
	},
	{
		displayName: 'Weekdays',
		name: 'weekdays',
		type: 'multiOptions',
		options: [
			{ name: 'Monday', value: 1 },
			{ name: 'Tuesday', value: 2 },
			{ name: 'Wednesday', value: 3 },
			{ name: 'Thursday', value: 4 },
			{ name: 'Friday', value: 5 },
			{ name: 'Saturday', value: 6 },
			{ name: 'Sunday', value: 7 },
		],
		default: [],
		displayOptions: only('time'),
		description: 'Only on these days. None chosen: on any day.',
	},
	...dateFields,
	{
		displayName: 'Within Hours',
		name: 'withinHours',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 336 },
		default: 24,
		displayOptions: only('best'),
		description: 'How long a person waits at most. With less than 24, not every hour of the day is there to choose from.',
	},
	nameLocator({
		displayName: 'For Newcomers, the Hours Of',
		name: 'audience',
		description: 'Whose hours count for people who have opened or clicked too little. Empty: everybody\'s.',
		placeholder: 'e.g. Customers in Berlin',
		list: 'searchGroups',
		displayOptions: only('best'),
	}),
	{
		displayName: 'Else At',
		name: 'elseAt',
		type: 'string',
		default: '10:00',
		placeholder: 'e.g. 10:00',
		displayOptions: only('best'),
		description: 'Time of day where the person is, as long as too little is known of anybody',
	},
	{
		displayName: 'If They Are Late',
		name: 'ifLate',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Continue Anyway', value: 'continue' },
			{ name: 'Leave the Journey', value: 'exit' },
			{ name: 'Wait for the Next Such Time', value: 'next', description: 'The same time of day where the person is, on the next day that fits' },
		],
		default: 'continue',
		description: 'What happens to people whose time came while n8n was down or the journey was paused',
	},
	{
		displayName: 'Late From, in Hours',
		name: 'lateAfterHours',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 2,
		displayOptions: { show: { ifLate: ['exit', 'next'] } },
		description: 'Whoever comes less late than this goes on. Fractions are possible: 0.5 is half an hour.',
	},
	settingsInForceField(['zone']),
	batchOptionField,
];
