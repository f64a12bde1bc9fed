import type { INodeProperties } from 'n8n-workflow';

import { batchOptionField, CHANNEL_OPTIONS, durationFields, eventFiltersField, messageStepField, nameLocator } from '../shared/fields';

const only = (...kinds: string[]): INodeProperties['displayOptions'] => ({ show: { waitFor: kinds } });

const happeningFields: INodeProperties[] = [
	nameLocator({
		displayName: 'Segment or List',
		name: 'segment',
		required: true,
		description: 'A segment or list made with Profile Engine',
		placeholder: 'e.g. Customers in Berlin',
		list: 'searchGroups',
		displayOptions: only('segment'),
	}),
	{
		displayName: 'Until They',
		name: 'change',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Enter It', value: 'entered' },
			{ name: 'Leave It', value: 'left' },
		],
		default: 'entered',
		displayOptions: only('segment'),
		description: 'What people are waited for to do',
	},
	{
		displayName: 'Channel',
		name: 'channel',
		type: 'options',
		options: CHANNEL_OPTIONS,
		default: 'email',
		displayOptions: only('consent'),
		description: 'What the consent is for',
	},
	nameLocator({
		displayName: 'Topic',
		name: 'topic',
		description: 'Key of a topic in the settings. Empty: the whole channel.',
		placeholder: 'e.g. newsletter',
		list: 'searchTopics',
		displayOptions: only('consent'),
	}),
	{
		displayName: 'Until They Say',
		name: 'consent',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'No', value: 'unsubscribed', description: 'Of a topic also when they leave the whole channel' },
			{ name: 'Yes', value: 'subscribed', description: 'With double opt-in: when they confirm' },
		],
		default: 'subscribed',
		displayOptions: only('consent'),
		description: 'What people are waited for to say',
	},
	{
		displayName: 'Until It Is',
		name: 'happened',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Clicked', value: 'clicked', description: 'A link in it, by a person' },
			{ name: 'Delivered', value: 'delivered', description: 'When the delivery service reports it; by SMTP, when the mail server has taken it' },
			{ name: 'Opened', value: 'opened', description: 'By a person; whoever clicks or replies has opened. Pictures loaded by machines do not count.' },
			{ name: 'Replied To', value: 'replied', description: 'By a person. What does not say to what it answers, such as a text message, counts for the newest one that went to its number within 7 days.' },
		],
		default: 'opened',
		displayOptions: only('message'),
		description: 'What is waited for. To find those with whom it does not come true, for example who have not opened in three days, take the output Timed Out.',
	},
	messageStepField('Whose message.', only('message'), 'the last one of this run before this step'),
	{
		displayName: 'If It Is So Already',
		name: 'already',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Continue at Once', value: 'continue' },
			{ name: 'Wait for It to Happen Anew', value: 'wait', description: 'Only what happens from the beginning of this part of the journey on counts' },
		],
		default: 'continue',
		displayOptions: only('segment', 'consent', 'message'),
		description: 'What happens to people who have it behind them when they arrive',
	},
];

export const properties: INodeProperties[] = [
	{
		displayName:
			'People wait in the journeys database, not in n8n. Whoever does what is described here leaves by Continued at once; the others leave by Timed Out.',
		name: 'notice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Wait For',
		name: 'waitFor',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Consent', value: 'consent', description: 'A yes or no to a channel or topic' },
			{ name: 'Engagement with a Message', value: 'message', description: 'A message of this journey that is opened, clicked, replied to or delivered; or not' },
			{ name: 'Event', value: 'event', description: 'Something that they do' },
			{ name: 'Segment or List', value: 'segment', description: 'Entering or leaving one' },
		],
		default: 'event',
		description: 'What ends the wait',
	},
	nameLocator({
		displayName: 'Event',
		name: 'event',
		required: true,
		description: 'What people are waited for to do. An event counts from the moment they came into this part of the journey.',
		placeholder: 'e.g. Order Completed',
		list: 'searchEvents',
		default: 'Email Link Clicked',
		displayOptions: only('event'),
	}),
	{ ...eventFiltersField('eventFilters', 'Property Filters'), displayOptions: only('event') },
	...happeningFields,
	...durationFields({
		amount: {
			name: 'timeout',
			displayName: 'Wait at Most',
			default: 3,
			description: 'After this time without it a person leaves by Timed Out',
		},
		unit: { name: 'timeoutUnit', displayName: 'Unit', default: 'days', description: 'Unit of the longest time to wait. A day has 24 hours.' },
	}),
	{
		displayName: 'In a Manual Run, Leave By',
		name: 'manualOutput',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Continued', value: 'continued', description: 'As if it had happened' },
			{ name: 'Timed Out', value: 'timedOut', description: 'As if the time were over' },
		],
		default: 'continued',
		description: 'Nobody waits in the editor; choose which way to look at. A published journey ignores this.',
	},
	batchOptionField,
];
