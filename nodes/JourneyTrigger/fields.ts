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
			{ name: 'Enters a Segment or List', value: 'segment', description: 'The rule of a saved segment becomes true for the person, or the person is put on a list' },
			{ name: 'Leaves a Segment or List', value: 'segmentLeft', description: 'The rule of a saved segment ceases to be true for the person, or the person is taken off a list' },
			{ name: 'Reaches a Score', value: 'score', description: 'The bucket or grade by a score model becomes this one' },
			{ name: 'Reaches a Stage', value: 'stage', description: 'The person moves to this stage' },
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
		displayName: 'Segment or List',
		name: 'segment',
		required: true,
		description: 'People start at the moment they enter or leave it; those who are in it, or out of it, already do not.',
		placeholder: 'e.g. Inactive for 30 Days',
		list: 'searchGroups',
		displayOptions: { show: { entry: ['segment', 'segmentLeft'] } },
	}),
	nameLocator({
		displayName: 'Score Model',
		name: 'scoreModel',
		required: true,
		description: 'A score model made with Profile Engine',
		placeholder: 'e.g. Lead Score',
		list: 'searchScoreModels',
		displayOptions: { show: { entry: ['score'] } },
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
		displayOptions: { show: { entry: ['score'] } },
	},
	nameLocator({
		displayName: 'Becomes',
		name: 'scoreBecomes',
		required: true,
		default: 'hot',
		description: 'People start at the moment they get this bucket or grade; those who have it already do not',
		placeholder: 'e.g. hot',
		list: 'searchLevels',
		displayOptions: { show: { entry: ['score'] } },
	}),
	nameLocator({
		displayName: 'Stage',
		name: 'stage',
		required: true,
		description: 'People start at the moment they move to this stage',
		placeholder: 'e.g. customer',
		list: 'searchStages',
		displayOptions: { show: { entry: ['stage'] } },
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
