import type { INodeProperties } from 'n8n-workflow';

import { settingsInForceField } from '../shared/fields';

export const properties: INodeProperties[] = [
	{
		displayName: 'Goal',
		name: 'goal',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. First Order',
		description: 'Name of the goal. Journey Control counts by it, each person once a visit.',
	},
	{
		displayName: 'Value',
		name: 'value',
		type: 'string',
		default: '',
		placeholder: 'e.g. 49.90',
		description: 'What the conversion is worth, with a point before the decimals. Drag a field here to take it from each item. Empty: it only counts.',
	},
	{
		displayName: 'Currency',
		name: 'currency',
		type: 'string',
		default: '',
		placeholder: 'e.g. EUR',
		description: 'Three-letter ISO code of the value\'s currency. Empty: the one in Profile Engine: Settings.',
	},
	settingsInForceField(['currency']),
];
