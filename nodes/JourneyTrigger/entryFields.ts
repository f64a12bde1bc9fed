import type { INodeProperties } from 'n8n-workflow';

import { CHANNEL_OPTIONS, CHANNEL_OR_EVERY, durationFields, eventFiltersField, nameLocator, operatorField, valueField } from '../shared/fields';
import { peopleField } from './peopleField';

const on = (...entry: string[]) => ({ show: { entry } });
const UNOPENED = { show: { entry: ['message'], messageHappened: ['notOpened', 'notClicked'] } };

/** Only what the chosen entry needs is shown. */
export const entryFields: INodeProperties[] = [
	{
		displayName: 'Start When a Person',
		name: 'entry',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Changes an Attribute', value: 'attribute', description: 'An attribute of the person becomes another, for example plan from free to pro' },
			{ name: 'Does Something', value: 'event', description: 'An event with this name comes in' },
			{ name: 'Enters a Segment or List', value: 'segment', description: 'The rule of a saved segment becomes true for the person, or the person is put on a list' },
			{ name: 'Enters an Area', value: 'area', description: 'The person comes within some kilometers of a place' },
			{ name: 'Gives or Takes Back Consent', value: 'consent', description: 'The person says yes or no to a channel or a topic' },
			{ name: 'Is Enrolled by Journey Control', value: 'enroll', description: 'Any workflow puts people in. That works for every other journey as well.' },
			{ name: 'Is Picked on a Schedule', value: 'schedule', description: 'A broadcast: everybody in a segment, once or again and again' },
			{ name: 'Leaves a Segment or List', value: 'segmentLeft', description: 'The rule of a saved segment ceases to be true for the person, or the person is taken off a list' },
			{ name: 'Reaches a Date', value: 'date', description: 'Before, on or after a date in the profile, for example each birthday' },
			{ name: 'Reaches a Score', value: 'score', description: 'The bucket or grade by a score model becomes this one' },
			{ name: 'Reaches a Stage', value: 'stage', description: 'The person moves to this stage' },
			{ name: 'Reacts to a Message', value: 'message', description: 'A message is opened, clicked or bounces, or is not opened in time' },
		],
		default: 'event',
		description: 'What brings a person into the journey. Imports and events older than 24 hours on arrival start none.',
	},
	nameLocator({
		displayName: 'Event', name: 'event', required: true, displayOptions: on('event'), list: 'searchEvents', placeholder: 'e.g. Signed Up',
		description: 'Name of the event, as sites and apps send it',
	}),
	eventFiltersField('eventFilters', 'Property Filters', on('event')),
	nameLocator({
		displayName: 'One Run for Each', name: 'eventKey', displayOptions: on('event'), list: 'searchEventProperties', placeholder: 'e.g. booking_id',
		description: 'Property of the event that tells one run from another: two bookings are two runs of the same person. Empty: one run for the person.',
	}),
	nameLocator({
		displayName: 'Segment or List', name: 'segment', required: true, displayOptions: on('segment', 'segmentLeft'), list: 'searchGroups', placeholder: 'e.g. Inactive for 30 Days',
		description: 'People start at the moment they enter or leave it; those who are in it, or out of it, already do not.',
	}),
	nameLocator({
		displayName: 'Score Model', name: 'scoreModel', required: true, displayOptions: on('score'), list: 'searchScoreModels', placeholder: 'e.g. Lead Score',
		description: 'A score model made with Profile Engine',
	}),
	{
		displayName: 'Level',
		name: 'scoreLevel',
		type: 'options',
		options: [
			{ name: 'Bucket', value: 'bucket', description: 'Such as cold, warm and hot' },
			{ name: 'Grade', value: 'grade', description: 'A to F, by fit' },
		],
		default: 'bucket',
		description: 'What is looked at: buckets go by all points or by engagement, as the model says; grades go by fit',
		displayOptions: on('score'),
	},
	nameLocator({
		displayName: 'Becomes', name: 'scoreBecomes', required: true, default: 'hot', displayOptions: on('score'), list: 'searchLevels', placeholder: 'e.g. hot',
		description: 'People start at the moment they get this bucket or grade; those who have it already do not',
	}),
	nameLocator({
		displayName: 'Stage', name: 'stage', required: true, displayOptions: on('stage'), list: 'searchStages', placeholder: 'e.g. customer',
		description: 'People start at the moment they move to this stage',
	}),
	...attributeFields(),
	...consentFields(),
	...messageFields(),
	...dateFields(),
	...scheduleFields(),
	...areaFields(),
	{
		displayName: 'Nobody comes in by themselves. Put people in with Journey Control (Enroll), from any workflow, with data of their own if you like.',
		name: 'enrollNotice',
		type: 'notice',
		default: '',
		displayOptions: on('enroll'),
	},
];

function attributeFields(): INodeProperties[] {
	return [
		nameLocator({
			displayName: 'Attribute', name: 'attribute', required: true, displayOptions: on('attribute'), list: 'searchAttributes', placeholder: 'e.g. plan',
			description: 'Attribute of the profile. People start at the moment its value changes; dots lead into nested ones.',
		}),
		{
			displayName: 'From and To',
			name: 'attributeChange',
			type: 'fixedCollection',
			displayOptions: on('attribute'),
			placeholder: 'Add Condition',
			default: {},
			description: 'What the value was before and is then. None: any change.',
			options: [
				{ displayName: 'From', name: 'from', values: [operatorField, valueField] },
				{ displayName: 'To', name: 'to', values: [operatorField, valueField] },
			],
		},
	];
}

function consentFields(): INodeProperties[] {
	return [
		{
			displayName: 'Channel', name: 'consentChannel', type: 'options', displayOptions: on('consent'), options: CHANNEL_OPTIONS, default: 'email',
			description: 'What the person says yes or no to',
		},
		nameLocator({
			displayName: 'Topic', name: 'consentTopic', displayOptions: on('consent'), list: 'searchTopics', placeholder: 'e.g. newsletter',
			description: 'Key of a topic in the settings. Empty: the whole channel.',
		}),
		{
			displayName: 'Says', name: 'consentState', type: 'options', displayOptions: on('consent'),
			options: [
				{ name: 'Asked, Not Confirmed Yet', value: 'pending', description: 'A double opt-in was begun' },
				{ name: 'No', value: 'unsubscribed', description: 'The person unsubscribes' },
				{ name: 'Yes', value: 'subscribed', description: 'The person subscribes, or confirms a double opt-in' },
			],
			default: 'subscribed',
			description: 'What becomes true of the consent. After a no this journey can only send what is transactional.',
		},
	];
}

function messageFields(): INodeProperties[] {
	return [
		{
			displayName: 'Message Is', name: 'messageHappened', type: 'options', noDataExpression: true, displayOptions: on('message'),
			options: [
				{ name: 'Bounced', value: 'bounced', description: 'It came back, as far as the provider says so' },
				{ name: 'Clicked', value: 'clicked', description: 'A link in it, not by a machine' },
				{ name: 'Delivered', value: 'delivered', description: 'As far as the provider says so' },
				{ name: 'Not Clicked in Time', value: 'notClicked' },
				{ name: 'Not Opened in Time', value: 'notOpened' },
				{ name: 'Opened', value: 'opened', description: 'Also by mail programs that load pictures by themselves: a click is surer' },
				{ name: 'Replied To', value: 'replied', description: 'By a person. What does not say to what it answers, such as a text message, counts for the newest one that went to its number within 7 days.' },
			],
			default: 'clicked',
			description: 'What becomes of the message. Opens and clicks by machines do not count.',
		},
		...durationFields({
			amount: { name: 'messageWithin', displayName: 'In Time Means Within', default: 3, description: 'How long after sending people have to react' },
			unit: { name: 'messageWithinUnit', displayName: 'Unit', default: 'days', description: 'Unit of that time' },
			displayOptions: UNOPENED,
		}),
		{
			displayName: 'Channel', name: 'messageChannel', type: 'options', displayOptions: on('message'), options: CHANNEL_OR_EVERY, default: '',
			description: 'Only messages of this channel',
		},
		nameLocator({
			displayName: 'Message Step', name: 'messageStep', displayOptions: on('message'), list: 'searchAllMessageSteps', by: 'id', placeholder: 'e.g. 4Xy7QkT2/4f0c…',
			description: 'Which messages: those of one step of any journey, from the list once it has been published. By ID: that of a workflow for all its messages, or workflow ID/node ID. Empty: every message.',
		}),
	];
}

function dateFields(): INodeProperties[] {
	return [
		nameLocator({
			displayName: 'Date Attribute', name: 'dateAttribute', required: true, displayOptions: on('date'), list: 'searchAttributes', placeholder: 'e.g. birthday',
			description: 'Attribute that holds the date, such as a birthday, a renewal or an appointment',
		}),
		{
			displayName: 'Every Year', name: 'dateYearly', type: 'boolean', displayOptions: on('date'), default: false,
			description: 'Whether the day comes round each year. 29 February is kept on 28 February in other years.',
		},
		{
			displayName: 'When', name: 'dateWhen', type: 'options', noDataExpression: true, displayOptions: on('date'),
			options: [
				{ name: 'Days After', value: 'after' },
				{ name: 'Days Before', value: 'before' },
				{ name: 'On the Day', value: 'on' },
			],
			default: 'on',
			description: 'Whether people start on the day itself or some days before or after it',
		},
		{
			displayName: 'Days', name: 'dateDays', type: 'number', displayOptions: { show: { entry: ['date'], dateWhen: ['before', 'after'] } },
			typeOptions: { minValue: 1, numberPrecision: 0 }, default: 1, placeholder: 'e.g. 7', description: 'How many days before or after it',
		},
		{
			displayName: 'At', name: 'dateAt', type: 'string', displayOptions: on('date'), default: '09:00', placeholder: 'e.g. 09:00',
			description: 'Time of the day, in the person\'s own time zone, as HH:MM',
		},
	];
}

function scheduleFields(): INodeProperties[] {
	return [
		{ ...peopleField({ name: 'schedulePeople', displayName: 'People', description: 'Who is picked. Looked up anew each time.' }), required: true, displayOptions: on('schedule') },
		{
			displayName: 'When', name: 'scheduleWhen', type: 'options', noDataExpression: true, displayOptions: on('schedule'),
			options: [
				{ name: 'Again and Again', value: 'cron', description: 'By a cron expression' },
				{ name: 'Once', value: 'once', description: 'At one time' },
			],
			default: 'once',
			description: 'Whether people are picked once or again and again',
		},
		{
			displayName: 'At', name: 'scheduleAt', type: 'dateTime', displayOptions: { show: { entry: ['schedule'], scheduleWhen: ['once'] } }, default: '',
			description: 'Date and time. Publish before it: a time that is over when the journey is published picks nobody.',
		},
		{
			displayName: 'Cron Expression', name: 'scheduleCron', type: 'string', displayOptions: { show: { entry: ['schedule'], scheduleWhen: ['cron'] } }, default: '0 9 * * 1', placeholder: 'e.g. 0 9 * * 1',
			description: 'Minute, hour, day of the month, month, day of the week. The one of the example is each Monday at nine.',
		},
		{
			displayName: 'In Each Person\'s Time Zone', name: 'scheduleLocalTime', type: 'boolean', displayOptions: on('schedule'), default: false,
			description: 'Whether each person starts when it is that time where they are. Otherwise all start at once, by the time zone below.',
		},
		{
			displayName: 'Time Zone', name: 'scheduleZone', type: 'string', displayOptions: { show: { entry: ['schedule'], scheduleLocalTime: [false] } }, default: '', placeholder: 'e.g. Europe/Berlin',
			description: 'Zone of the time above. Empty: the one of the settings.',
		},
		{
			displayName: 'People a Minute', name: 'scheduleRate', type: 'number', displayOptions: on('schedule'), typeOptions: { minValue: 0, numberPrecision: 0 }, default: 0, placeholder: 'e.g. 1000',
			description: 'How many start in a minute at most, so that neither servers nor the support are run over. 0: all at once.',
		},
	];
}

function areaFields(): INodeProperties[] {
	const degrees = (name: string, displayName: string, bound: number): INodeProperties => ({
		displayName, name, type: 'number', displayOptions: on('area'), typeOptions: { minValue: -bound, maxValue: bound, numberPrecision: 6 }, default: 0,
		description: `${displayName} of the middle of the area, in degrees`,
	});
	return [
		degrees('areaLat', 'Latitude', 90),
		degrees('areaLon', 'Longitude', 180),
		{
			displayName: 'Kilometers', name: 'areaKm', type: 'number', displayOptions: on('area'), typeOptions: { minValue: 0 }, default: 1, placeholder: 'e.g. 0.5',
			description: 'How far from there the area reaches',
		},
		{
			displayName: 'Place Comes From', name: 'areaOf', type: 'options', noDataExpression: true, displayOptions: on('area'),
			options: [
				{ name: 'Attribute', value: 'attribute', description: 'An attribute that holds latitude and longitude' },
				{ name: 'Event', value: 'event', description: 'An event with latitude and longitude among its properties' },
			],
			default: 'attribute',
			description: 'Where it is said where the person is',
		},
		nameLocator({
			displayName: 'Attribute', name: 'areaAttribute', required: true, displayOptions: { show: { entry: ['area'], areaOf: ['attribute'] } }, list: 'searchAttributes', placeholder: 'e.g. location',
			description: 'Attribute with "lat" and "lon", "latitude" and "longitude", or "lng", or a text like 52.52, 13.4. With location, lat and lon that stand alone count, too.',
		}),
		nameLocator({
			displayName: 'Event', name: 'areaEvent', required: true, displayOptions: { show: { entry: ['area'], areaOf: ['event'] } }, list: 'searchEvents', placeholder: 'e.g. Location Changed',
			description: 'Event that tells where the person is',
		}),
		nameLocator({
			displayName: 'Property', name: 'areaProperty', displayOptions: { show: { entry: ['area'], areaOf: ['event'] } }, list: 'searchEventProperties', placeholder: 'e.g. position',
			description: 'Property that holds the place. Empty: latitude and longitude are properties themselves.',
		}),
	];
}
