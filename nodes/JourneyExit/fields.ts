import type { INodeProperties } from 'n8n-workflow';

export const properties: INodeProperties[] = [
	{
		displayName: 'Reason',
		name: 'reason',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. bought meanwhile',
		description: 'Why these people leave. Journey Control counts exits by reason; keep personal data out of it.',
		hint: 'A path that simply ends needs no Journey Exit: people at its end complete the journey.',
	},
];
