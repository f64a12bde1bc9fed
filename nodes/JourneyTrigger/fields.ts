import type { INodeProperties } from 'n8n-workflow';

import { eventFiltersField, identityFields, nameLocator } from '../shared/fields';
import { options } from './options';

const ON_EVENT = { show: { entry: ['event'] } };
const EXITS = { show: { exitOnEvent: [true] } };

export const properties: INodeProperties[] = [
	{
		displayName: 'Start When a Person',
		name: 'entry',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Does Something', value: 'event', description: 'An event with this name comes in' },
			{ name: 'Enters a Segment', value: 'segment', description: 'The rule of a saved segment becomes true for the person' },
		],
		default: 'event',
		description: 'What brings a person into the journey. Imports and events older than 24 hours on arrival start none.',
	},
	nameLocator({
		displayName: 'Event',
		name: 'event',
		required: true,
		description: 'Name of the event, as sites and apps send it',
		placeholder: 'e.g. Signed Up',
		list: 'searchEvents',
		displayOptions: ON_EVENT,
	}),
	eventFiltersField('eventFilters', 'Property Filters', ON_EVENT),
	nameLocator({
		displayName: 'Segment',
		name: 'segment',
		required: true,
		description: 'People start at the moment they enter this segment; those who are in it already do not',
		placeholder: 'e.g. Inactive for 30 Days',
		list: 'searchSegments',
		displayOptions: { show: { entry: ['segment'] } },
	}),
	{
		displayName: 'Enter Again',
		name: 'reEntry',
		type: 'options',
		options: [
			{ name: 'After Leaving', value: 'afterLeaving', description: 'Anyone who is not in the journey at the moment may enter' },
			{ name: 'Any Time', value: 'anyTime', description: 'A person may be in the journey several times at once, for example once a cart' },
			{ name: 'Never', value: 'never', description: 'Each person enters once in a lifetime' },
		],
		default: 'afterLeaving',
		description: 'Whether somebody who was in this journey may enter it again',
	},
	{
		displayName: 'Exit on an Event',
		name: 'exitOnEvent',
		type: 'boolean',
		default: false,
		description: 'Whether people leave the journey as soon as they do something, wherever they stand',
	},
	nameLocator({
		displayName: 'Exit Event',
		name: 'exitEvent',
		required: true,
		description: 'Who does this leaves the journey at once',
		placeholder: 'e.g. Order Completed',
		list: 'searchEvents',
		displayOptions: EXITS,
	}),
	eventFiltersField('exitFilters', 'Exit Property Filters', EXITS),
	{
		displayName: 'Fields That Travel',
		name: 'fields',
		type: 'string',
		default: '',
		placeholder: 'e.g. first_name, plan',
		description:
			'Attributes that the items show, separated by commas. IDs always travel. Name only what nodes behind this one need: n8n keeps executions, and what it keeps cannot be erased by the engine. Mails see the whole profile anyway.',
	},
	{
		displayName: 'Carry the Event',
		name: 'carryEvent',
		type: 'boolean',
		default: true,
		description: 'Whether the items also show name and properties of the event that started the journey',
		displayOptions: ON_EVENT,
	},
	{
		displayName: 'In a Manual Run, Act As',
		name: 'actAs',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Newest Test Person', value: 'newest', description: 'The profile flagged as a test person that was made last' },
			{ name: 'Person by Identity', value: 'identity', description: 'A profile you name' },
		],
		default: 'newest',
		description: 'Whose data a run in the editor shows. Nothing is stored and nobody is mailed, whoever is chosen.',
	},
	...identityFields({
		kindDescription: 'What the identity value is, for example email, phone or user_id',
		valueDescription: 'The person to act as',
		displayOptions: { show: { actAs: ['identity'] } },
	}),
	options,
];
