import type { INodeProperties } from 'n8n-workflow';

import { batchSizeField, durationFields } from '../shared/fields';

export const properties: INodeProperties[] = [
	{
		displayName:
			'People wait in the journeys database, not in n8n: the execution ends here, and a new one starts from here when their time has come. In the editor they pass at once.',
		name: 'notice',
		type: 'notice',
		default: '',
	},
	...durationFields({
		amount: {
			name: 'amount',
			displayName: 'Wait For',
			default: 1,
			description: 'How long each person waits, from the moment of arriving here',
		},
		unit: { name: 'unit', displayName: 'Unit', default: 'days', description: 'Unit of the time to wait. A day has 24 hours.' },
	}),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [batchSizeField],
	},
];
