import type { INodeProperties, INodePropertyCollection, INodePropertyOptions } from 'n8n-workflow';

import { CHANNEL_OPTIONS, CHANNEL_OR_EVERY } from './channels';
import { operatorField, valueField } from './filter';
import { nameLocator, type ListMethod } from './locator';

const WITHOUT_VALUE = ['exists', 'notExists', 'isTrue', 'isFalse'];

const ORDER: INodePropertyOptions[] = [
	{ name: 'Is', value: 'equals' },
	{ name: 'Is at Least', value: 'greaterOrEqual' },
	{ name: 'Is at Most', value: 'lessOrEqual' },
	{ name: 'Is Less Than', value: 'less' },
	{ name: 'Is More Than', value: 'greater' },
	{ name: 'Is Not', value: 'notEquals' },
];

const attributeField = (name: string, description: string): INodeProperties =>
	nameLocator({ displayName: 'Attribute', name, description, placeholder: 'e.g. address.city', list: 'searchAttributes' });

const eventField = (displayOptions?: INodeProperties['displayOptions']): INodeProperties =>
	nameLocator({ displayName: 'Event', name: 'event', description: 'What the person did, or did not do', placeholder: 'e.g. Order Completed', list: 'searchEvents', ...(displayOptions ? { displayOptions } : {}) });

const modelField = nameLocator({ displayName: 'Score Model', name: 'model', description: 'A score model made with Profile Engine', placeholder: 'e.g. Leads', list: 'searchScoreModels' });

/** One is chosen from the list; several are typed. */
const namesField = (displayName: string, placeholder: string, list: ListMethod): INodeProperties =>
	nameLocator({ displayName, name: 'in', placeholder, list, description: 'One from the list, or several by name, separated by commas' });

const topicField: INodeProperties = nameLocator({ displayName: 'Topic', name: 'topic', description: 'Key of a topic in the settings. Empty: the whole channel.', placeholder: 'e.g. newsletter', list: 'searchTopics' });


function windowFields(show?: Record<string, string[]>): INodeProperties[] {
	const displayOptions = show === undefined ? {} : { displayOptions: { show } };
	return [
		{
			displayName: 'Within the Last', name: 'within', type: 'number', typeOptions: { minValue: 0 }, default: 0, placeholder: 'e.g. 30', ...displayOptions,
			description: 'Only what happened in the last so many units of time counts. 0: ever.',
		},
		{
			displayName: 'Unit', name: 'withinUnit', type: 'options', default: 'days', description: 'Unit of the time that is looked back', ...displayOptions,
			options: [{ name: 'Days', value: 'days' }, { name: 'Hours', value: 'hours' }, { name: 'Minutes', value: 'minutes' }, { name: 'Weeks', value: 'weeks' }],
		},
	];
}

const COUNTS: INodePropertyOptions[] = [
	{ name: 'At Least', value: 'atLeast' },
	{ name: 'At Most', value: 'atMost' },
	{ name: 'Exactly', value: 'exactly' },
	{ name: 'Never', value: 'never' },
];

const timesField: INodeProperties = {
	displayName: 'Times', name: 'times', type: 'number', typeOptions: { minValue: 0, numberPrecision: 0 }, default: 1, description: 'How often',
	displayOptions: { show: { happened: ['atLeast', 'atMost', 'exactly'] } },
};

const eventFields: INodeProperties[] = [
	eventField(),
	{
		displayName: 'Happened', name: 'happened', type: 'options', default: 'atLeast', description: 'How often the event must have happened, or what is asked of one of its properties',
		options: [
			{ name: 'At Least', value: 'atLeast' },
			{ name: 'At Most', value: 'atMost' },
			{ name: 'Average of a Property', value: 'average' },
			{ name: 'Exactly', value: 'exactly' },
			{ name: 'First Has a Property', value: 'first' },
			{ name: 'Highest of a Property', value: 'max' },
			{ name: 'Last Has a Property', value: 'last' },
			{ name: 'Lowest of a Property', value: 'min' },
			{ name: 'Never', value: 'never' },
			{ name: 'Sum of a Property', value: 'sum' },
		],
	},
	timesField,
	nameLocator({
		displayName: 'Property', name: 'path', description: 'Property of the event. Use dots for nested ones.', placeholder: 'e.g. total', list: 'searchEventProperties',
		displayOptions: { show: { happened: ['average', 'first', 'last', 'max', 'min', 'sum'] } },
	}),
	{ displayName: 'Condition', name: 'measured', type: 'options', options: ORDER, default: 'greaterOrEqual', description: 'How the number is compared', displayOptions: { show: { happened: ['average', 'max', 'min', 'sum'] } } },
	{ ...operatorField, displayOptions: { show: { happened: ['first', 'last'] } } },
	{
		...valueField, displayName: 'Compared With', description: 'Money as it is written, for example 49.90: sums are exact',
		displayOptions: { show: { happened: ['average', 'first', 'last', 'max', 'min', 'sum'] }, hide: { operator: WITHOUT_VALUE } },
	},
	{
		// n8n does not save what has its default: another default would change what saved rules mean.
		displayName: 'When', name: 'when', type: 'options', default: 'within', description: 'Which events count',
		options: [
			{ name: 'Between Dates', value: 'between' },
			{ name: 'Ever, or in the Last …', value: 'within', description: 'A time that moves on by itself; 0 is ever' },
			{ name: 'Since Entering the Journey', value: 'sinceEnrollment', description: 'Only in a Segment Filter or Journey Branch of a journey' },
		],
	},
	...windowFields({ when: ['within'] }),
	{ displayName: 'From', name: 'from', type: 'string', default: '', placeholder: 'e.g. 2026-03-01', description: 'First day, or first instant with a time, in UTC unless it says otherwise. Empty: from the beginning.', displayOptions: { show: { when: ['between'] } } },
	{ displayName: 'To', name: 'to', type: 'string', default: '', placeholder: 'e.g. 2026-03-31', description: 'Last day, that day included; an instant with a time is not included. Empty: without an end.', displayOptions: { show: { when: ['between'] } } },
	{
		displayName: 'Property Filters', name: 'filters', type: 'fixedCollection', typeOptions: { multipleValues: true }, placeholder: 'Add Property Filter', default: {},
		description: 'Only events whose properties match all of these count. None: every event of that name.',
		options: [{
			displayName: 'Property Filter', name: 'filter',
			values: [nameLocator({ displayName: 'Property', name: 'path', description: 'Property of the event. Use dots for nested ones.', placeholder: 'e.g. plan.name', list: 'searchEventProperties' }), operatorField, valueField],
		}],
	},
];

const placeFields: INodeProperties[] = [
	{
		displayName: 'Location Of', name: 'of', type: 'options', default: 'attribute', description: 'What holds latitude and longitude',
		options: [{ name: 'An Attribute', value: 'attribute' }, { name: 'An Event', value: 'event' }],
	},
	{ ...attributeField('attribute', 'Attribute with "lat" and "lon", "latitude" and "longitude", or "lng", or a text like 52.52, 13.4. With location, people whose lat and lon stand alone are found, too.'), displayOptions: { show: { of: ['attribute'] } } },
	eventField({ show: { of: ['event'] } }),
	nameLocator({ displayName: 'Property', name: 'property', list: 'searchEventProperties', placeholder: 'e.g. location', description: 'Property that holds the location. Empty: the properties themselves do.', displayOptions: { show: { of: ['event'] } } }),
	...windowFields({ of: ['event'] }),
	{ displayName: 'Latitude', name: 'lat', type: 'number', typeOptions: { minValue: -90, maxValue: 90 }, default: 0, description: 'Of the place, in degrees' },
	{ displayName: 'Longitude', name: 'lon', type: 'number', typeOptions: { minValue: -180, maxValue: 180 }, default: 0, description: 'Of the place, in degrees' },
	{ displayName: 'Kilometers', name: 'km', type: 'number', typeOptions: { minValue: 0 }, default: 50, description: 'How far away at most' },
];

export const REPORTED = 'Only where the delivery service reports it: see Delivery Reports From in Journey Collector Trigger';

/** In the order in which one fills them in. */
const messageFields: INodeProperties[] = [
	{
		displayName: 'Message Was', name: 'message', type: 'options', default: 'opened', description: 'What became of a message to the person',
		options: [
			{ name: 'Bounced', value: 'bounced', description: REPORTED }, { name: 'Clicked', value: 'clicked' }, { name: 'Delivered', value: 'delivered', description: REPORTED }, { name: 'Failed', value: 'failed' },
			{ name: 'Marked as Spam', value: 'complained', description: REPORTED }, { name: 'Opened', value: 'opened', description: 'Also by mail programs that load pictures by themselves' }, { name: 'Replied To', value: 'replied', description: 'By a person. What does not say to what it answers, such as a text message, counts for the newest one that went to its number within 7 days.' }, { name: 'Sent', value: 'sent' }, { name: 'Skipped', value: 'skipped', description: 'Kept back by consent, a cap or another guard' }, { name: 'Unsubscribed From', value: 'unsubscribed' },
		],
	},
	{ displayName: 'Happened', name: 'happened', type: 'options', options: COUNTS, default: 'atLeast', description: 'How often that must have happened' },
	timesField,
	...windowFields(),
	{ displayName: 'Channel', name: 'channel', type: 'options', options: CHANNEL_OR_EVERY, default: '', description: 'Whose messages count' },
	nameLocator({ displayName: 'Workflow', name: 'workflow', list: 'searchWorkflows', by: 'id', placeholder: 'e.g. aBcD1234', description: 'A journey from the list, or the ID in the address of its workflow. Empty: messages of every workflow.' }),
	nameLocator({ displayName: 'Step', name: 'step', list: 'searchMessageSteps', by: 'id', placeholder: 'e.g. 4f0c…', description: 'A step of that workflow from the list, or its node ID. Empty: every step.' }),
	{ displayName: 'Only of This Run', name: 'thisRun', type: 'boolean', default: false, description: 'Whether only messages of the present run through the journey count. Only in a Segment Filter or Journey Branch of a journey.' },
];

/** Every kind of condition, in the order of the list. */
export const conditionKinds: INodePropertyCollection[] = [
	{
		displayName: 'Anniversary', name: 'anniversary',
		values: [
			attributeField('attribute', 'Attribute with a date such as 1990-03-02: a birthday, a contract'),
			{ displayName: 'Days Before', name: 'inDays', type: 'number', typeOptions: { minValue: -182, maxValue: 182, numberPrecision: 0 }, default: 0, description: '0: on the day itself. 7: a week before. -3: three days after.' },
			{ displayName: 'For Days', name: 'forDays', type: 'number', typeOptions: { minValue: 1, maxValue: 182, numberPrecision: 0 }, default: 1, description: 'For how many days it holds from then on' },
			{ displayName: 'Time Zone', name: 'zone', type: 'string', default: 'UTC', placeholder: 'e.g. Europe/Berlin', description: 'Where the days begin, the same for everybody' },
		],
	},
	{ displayName: 'Attribute', name: 'attribute', values: [attributeField('attribute', 'Attribute of the profile. Use dots for nested ones.'), operatorField, valueField] },
	{ displayName: 'Bucket', name: 'bucket', values: [modelField, namesField('Is One Of', 'e.g. hot, warm', 'searchLevels')] },
	{
		displayName: 'Consent', name: 'consent',
		values: [
			{ displayName: 'Channel', name: 'channel', type: 'options', options: CHANNEL_OPTIONS, default: 'email', description: 'What the person said it for' },
			topicField,
			{
				displayName: 'State', name: 'state', type: 'options', default: 'subscribed', description: 'What the person said last',
				options: [{ name: 'Nothing Was Said', value: 'none' }, { name: 'Pending', value: 'pending' }, { name: 'Subscribed', value: 'subscribed' }, { name: 'Unsubscribed', value: 'unsubscribed' }],
			},
		],
	},
	{
		displayName: 'Do Not Sell', name: 'doNotSell',
		values: [{
			displayName: 'The Person', name: 'said', type: 'options', default: 'no', description: 'Asked on the preference page, by the browser (Global Privacy Control), or by somebody for them',
			options: [
				{ name: 'Asked Not to Be Sold or Shared', value: 'yes', description: 'Stays out of everything shared with third parties' },
				{ name: 'Did Not Ask That', value: 'no', description: 'Or took it back' },
			],
		}],
	},
	{ displayName: 'Event', name: 'event', values: eventFields },
	{ displayName: 'Grade', name: 'grade', values: [modelField, namesField('Is One Of', 'e.g. A, B', 'searchLevels')] },
	{
		displayName: 'Group (Account)', name: 'group',
		values: [nameLocator({ displayName: 'Attribute', name: 'attribute', list: 'searchGroupAttributes', placeholder: 'e.g. industry', description: 'Attribute of one of the groups the person belongs to. Use dots for nested ones.' }), operatorField, valueField],
	},
	{ displayName: 'List', name: 'list', values: [nameLocator({ displayName: 'List', name: 'list', description: 'A static list that the person is on', placeholder: 'e.g. Press', list: 'searchLists' })] },
	{ displayName: 'Message', name: 'message', values: messageFields },
	{ displayName: 'Place', name: 'near', values: placeFields },
	{
		displayName: 'Random Part', name: 'random',
		values: [
			{ displayName: 'Percent', name: 'percent', type: 'number', typeOptions: { minValue: 0, maxValue: 100 }, default: 50, description: 'How many of all people, always the same ones' },
			{ displayName: 'Name of the Draw', name: 'salt', type: 'string', default: 'draw', placeholder: 'e.g. spring test', description: 'Another name draws other people' },
		],
	},
	{
		displayName: 'Score', name: 'score',
		values: [modelField, { displayName: 'Condition', name: 'measured', type: 'options', options: ORDER, default: 'greaterOrEqual', description: 'How the score is compared' }, { displayName: 'Points', name: 'points', type: 'number', default: 0, description: 'What to compare the score with' }],
	},
	{ displayName: 'Segment', name: 'segment', values: [nameLocator({ displayName: 'Segment', name: 'segment', description: 'A saved segment that the person is in', placeholder: 'e.g. Active Customers', list: 'searchSegments' })] },
	{ displayName: 'Stage', name: 'stage', values: [namesField('Is One Of', 'e.g. lead, MQL', 'searchStages')] },
];
