import type { INodeProperties } from 'n8n-workflow';

import { identityFields, nameLocator } from '../shared/fields';

export const properties: INodeProperties[] = [
	nameLocator({
		displayName: 'Score Model',
		name: 'model',
		required: true,
		description: 'By this model people are scored. Make one with Profile Engine (Score Model: Create or Update).',
		placeholder: 'e.g. Lead Score',
		list: 'searchScoreModels',
	}),
	{
		displayName: 'Bucket Names or IDs',
		name: 'buckets',
		type: 'multiOptions',
		noDataExpression: true,
		typeOptions: { loadOptionsMethod: 'getBuckets', loadOptionsDependsOn: ['model.value'] },
		default: ['cold', 'warm', 'hot'],
		description:
			'Each bucket gets an output, in this order; everybody else leaves by Other. Whoever adds or removes one checks the connections behind it: n8n keeps them by place. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			...identityFields({
				kindDescription: 'Only for items of no journey: what the identity value is, for example email, phone or user_id',
				valueDescription: 'Only for items of no journey: by this the profile is found. People who are not known leave by Other.',
			}),
			{
				displayName: 'Score Field',
				name: 'scoreField',
				type: 'string',
				default: 'score',
				placeholder: 'e.g. score',
				description: 'Field of the item that gets total, fit, engagement, grade and bucket. Empty: the item stays as it is.',
			},
		],
	},
];
