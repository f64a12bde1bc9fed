import type { INodeProperties } from 'n8n-workflow';

import { pricesField } from '../../../JourneySms/fields';
import { nameLocator } from '../../../shared/fields';
import { workflowFromFields } from '../workflowFrom';

const displayOptions = { show: { resource: ['journey'], operation: ['estimateSms'] } };

export const description: INodeProperties[] = [
	...workflowFromFields(displayOptions),
	{
		displayName: 'SMS Step',
		name: 'smsStep',
		type: 'string',
		displayOptions,
		default: '',
		placeholder: 'e.g. Spring Sale',
		description: 'Name of a Journey SMS in the workflow, as it is drawn: its text, template, variants, senders and prices. Empty: each of them.',
	},
	{
		displayName: 'People',
		name: 'estimateAudience',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'Segment or List', value: 'group', description: 'Everybody who is in it now' },
			{ name: "Trigger's People", value: 'trigger', description: 'Who the Journey Trigger before the step is about: whoever is in its segment now, did its event in the last 30 days, and so on. The item says which.' },
		],
		default: 'trigger',
		description: 'Who would come to the step. All of them are counted, also where a filter or branch before it will let only some pass.',
	},
	nameLocator({ displayName: 'Segment or List', name: 'segment', list: 'searchGroups', required: true, displayOptions: { show: { ...displayOptions.show, estimateAudience: ['group'] } }, placeholder: 'e.g. Inactive for 30 Days', description: 'Segment or list made with Profile Engine' }),
	{ ...pricesField, displayOptions, description: "What a message of one segment costs, by country. Those of the step hold where nothing is given here; without either the messages are counted, and the item says for which countries there is 'no price'." },
	{
		displayName: 'Currency',
		name: 'estimateCurrency',
		type: 'string',
		displayOptions,
		default: '',
		placeholder: 'e.g. EUR',
		description: 'What the prices are in, to stand beside the cost. Empty: the currency of Profile Engine: Settings. Nothing is converted.',
	},
	{
		displayName: 'Sample Size',
		name: 'lookAtMost',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 0 },
		displayOptions,
		default: 100_000,
		description: 'Of more people than this about so many, drawn at random, have their consent and limits checked and their text made, and stand for all; the item says how many they were and how far the numbers may be off. 0: everybody, however long it takes.',
	},
	{
		displayName: 'Output',
		name: 'estimateOutput',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'One Item per Country', value: 'countries', description: 'Messages, segments, price and cost in each country' },
			{ name: 'One Item per Step', value: 'steps', description: 'Audience, who is reachable, messages, segments and cost of each Journey SMS' },
		],
		default: 'steps',
		description: 'How the numbers come out; both are flat, one column a number, for the table view',
	},
];
