import type { INodeProperties } from 'n8n-workflow';

import { identityFields, ruleSourceFields, ruleSourceOptions, settingsInForceField } from '../shared/fields';

export const properties: INodeProperties[] = [
	{
		displayName: 'Filter By',
		name: 'by',
		type: 'options',
		noDataExpression: true,
		options: ruleSourceOptions('Conditions that belong to this node only'),
		default: 'rule',
		description: 'Where it is said who belongs to it',
	},
	...ruleSourceFields({ description: 'People who are in it at the moment leave by In', placeholder: 'e.g. Customers in Berlin', required: true }),
	settingsInForceField(['zone']),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: identityFields({
			kindDescription: 'Only for items of no journey: what the identity value is, for example email, phone or user_id',
			valueDescription: 'Only for items of no journey: by this the profile is found. People who are not known leave by Out.',
		}),
	},
];
