import type { INodeProperties } from 'n8n-workflow';

import { identityFields, nameLocator, settingsInForceField } from '../shared/fields';
import { entryFields } from './entryFields';
import { leavingFields } from './leavingFields';
import { options } from './options';
import { peopleField } from './peopleField';

/** From the start to the end of a run: what starts it and for whom, what ends it and counts, what travels; then what only trying out needs. */
export const properties: INodeProperties[] = [
	...entryFields,
	{
		...peopleField({
			name: 'audience',
			displayName: 'Only People',
			description: 'Whoever qualifies must also belong to these at that moment. None: everybody who qualifies.',
		}),
		// Whoever is picked on a schedule is picked by a rule already.
		displayOptions: { hide: { entry: ['schedule'] } },
	},
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
	...leavingFields,
	nameLocator({
		displayName: 'Fields That Travel', name: 'fields', list: 'searchTopAttributes', typed: 'By Name', placeholder: 'e.g. first_name, plan',
		description:
			'Attributes that the items show: one from the list, or several by name with commas in between. IDs always travel. Name only what nodes behind this one need: n8n keeps executions, and what it keeps cannot be erased by the engine. Mails see the whole profile anyway.',
	}),
	{
		displayName: 'Carry the Event',
		name: 'carryEvent',
		type: 'boolean',
		default: true,
		description: 'Whether the items also show what started the journey: name and properties of the event, or what changed. Data given by Journey Control (Enroll) always travels.',
		// A parameter that is hidden has its default in n8n: it must be shown wherever the engine has something to carry.
		displayOptions: { show: { entry: ['area', 'attribute', 'consent', 'date', 'event', 'message', 'schedule'] } },
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
	settingsInForceField(['holdout', 'alerts', 'zone', 'currency']),
	options,
];
