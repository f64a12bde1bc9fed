import type { INodeProperties } from 'n8n-workflow';

const displayOptions: INodeProperties['displayOptions'] = { show: { provider: ['kakao'] }, hide: { contentSource: ['template'] } };

/** Instead of a text: what an AlimTalk says stands in its template. */
export const kakaoFields: INodeProperties[] = [
	{
		displayName: 'Kakao Channel ID',
		name: 'pfId',
		type: 'string',
		noDataExpression: true,
		displayOptions,
		default: '',
		placeholder: 'e.g. KA01PF190626020502205cl0mYSoplA2',
		description: 'The pfId of the Kakao channel, from the Solapi console',
	},
	{
		displayName: 'Template ID',
		name: 'templateId',
		type: 'string',
		noDataExpression: true,
		displayOptions,
		default: '',
		placeholder: 'e.g. KA01TP190626032036196XPUqi1EsKUI',
		description: 'A template of that channel that Kakao has approved. AlimTalk is for what people need to know (an order, a delivery): Kakao allows no advertising in it.',
	},
	{
		displayName: 'Template Variables',
		name: 'variables',
		type: 'fixedCollection',
		noDataExpression: true,
		typeOptions: { multipleValues: true },
		placeholder: 'Add Variable',
		displayOptions,
		default: {},
		description: 'What is filled into the template. Each of its variables needs a value.',
		options: [
			{
				displayName: 'Variable',
				name: 'values',
				values: [
					{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. name', description: 'As in the template, with #{} or without' },
					{ displayName: 'Value', name: 'value', type: 'string', noDataExpression: true, default: '', placeholder: 'e.g. {{ profile.firstName }}', description: 'With Liquid: profile, journey, event, item and links' },
				],
			},
		],
	},
];
