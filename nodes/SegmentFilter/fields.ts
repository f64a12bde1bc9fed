import type { INodeProperties } from 'n8n-workflow';

import { identityFields, nameLocator, ruleJsonField, rulePreviewField, segmentRuleFields, settingsInForceField } from '../shared/fields';

export const properties: INodeProperties[] = [
	{
		displayName: 'Filter By',
		name: 'by',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Own Rule', value: 'rule', description: 'Conditions that belong to this node only' },
			{ name: 'Own Rule as JSON', value: 'json', description: 'The same, nested as deep as you like' },
			{ name: 'Saved Segment or List', value: 'saved', description: 'A segment or list made with Profile Engine, by its name' },
		],
		default: 'rule',
		description: 'Where it is said who belongs to it',
	},
	nameLocator({
		displayName: 'Segment or List',
		name: 'segment',
		required: true,
		description: 'People who are in it at the moment leave by In',
		placeholder: 'e.g. Customers in Berlin',
		list: 'searchGroups',
		displayOptions: { show: { by: ['saved'] } },
	}),
	...segmentRuleFields({ show: { by: ['rule'] } }),
	ruleJsonField({ show: { by: ['json'] } }),
	rulePreviewField({ show: { by: ['rule', 'json'] } }),
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
