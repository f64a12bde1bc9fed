import type { INodeProperties } from 'n8n-workflow';

import { CHANNEL_OPTIONS, durationFields, eventFiltersField, nameLocator } from '../shared/fields';

const ON_EVENT = { show: { exitOnEvent: [true] } };

/** What ends a run before its last step, and what counts as its success. */
export const leavingFields: INodeProperties[] = [
	{
		displayName: 'Exit on an Event',
		name: 'exitOnEvent',
		type: 'boolean',
		default: false,
		description: 'Whether people leave the journey as soon as they do something, wherever they stand',
	},
	nameLocator({
		displayName: 'Exit Event', name: 'exitEvent', required: true, displayOptions: ON_EVENT, list: 'searchEvents', placeholder: 'e.g. Order Completed',
		description: 'Who does this leaves the journey at once',
	}),
	eventFiltersField('exitFilters', 'Exit Property Filters', ON_EVENT),
	{
		displayName: 'Other Exits',
		name: 'exits',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Exit',
		default: {},
		description: 'What else makes people leave at once, wherever they stand. A time limit is under Options.',
		options: [
			{
				displayName: 'Consent Taken Back',
				name: 'consent',
				values: [
					{ displayName: 'Channel', name: 'channel', type: 'options', options: CHANNEL_OPTIONS, default: 'email', description: 'Who says no to it leaves' },
					nameLocator({
						displayName: 'Topic', name: 'topic', list: 'searchTopics', placeholder: 'e.g. newsletter',
						description: 'Who says no to this topic, or to the whole channel. Empty: to the whole channel only.',
					}),
				],
			},
			{
				displayName: 'Segment or List',
				name: 'segment',
				values: [
					{
						displayName: 'When', name: 'change', type: 'options', default: 'entered',
						options: [{ name: 'They Enter It', value: 'entered' }, { name: 'They Leave It', value: 'left' }],
						description: 'Who is in it, or out of it, already stays in the journey until that changes',
					},
					nameLocator({ displayName: 'Segment or List', name: 'segment', list: 'searchGroups', placeholder: 'e.g. Customers', description: 'Segment or list made with Profile Engine' }),
				],
			},
		],
	},
	{
		displayName: 'Goals',
		name: 'goals',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Goal',
		default: {},
		description: 'What counts as a success of this journey, wherever the person stands, and also after they have left. Each goal counts once for each run.',
		options: [{
			displayName: 'Goal',
			name: 'goal',
			values: [
				{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. First Order', description: 'Name under which it is counted; experiments and Journey Control show it' },
				nameLocator({ displayName: 'Event', name: 'event', list: 'searchEvents', placeholder: 'e.g. Order Completed', description: 'What the person must do' }),
				eventFiltersField('filters', 'Property Filters'),
				...durationFields({
					amount: { name: 'within', displayName: 'Within', default: 7, description: 'How long after the entry it counts' },
					unit: { name: 'withinUnit', displayName: 'Unit', default: 'days', description: 'Unit of that time' },
				}),
				nameLocator({
					displayName: 'Value Property', name: 'valueProperty', list: 'searchEventProperties', placeholder: 'e.g. total',
					description: 'Property of the event that says what it is worth, as a plain number such as 49.90. Empty: it is only counted.',
				}),
				nameLocator({
					displayName: 'Currency Property', name: 'currencyProperty', list: 'searchEventProperties', placeholder: 'e.g. currency',
					description: 'Property with a three-letter code such as EUR. Empty: the currency of the settings.',
				}),
				{ displayName: 'Ends the Journey', name: 'exit', type: 'boolean', default: false, description: 'Whether people leave the journey when they reach it' },
			],
		}],
	},
];
