import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { identityFields, messageStepField, REPORTED, ruleSourceFields, ruleSourceOptions, settingsInForceField } from '../shared/fields';

const ASKED_FOR: INodePropertyOptions[] = [
	{ name: 'Message of This Journey', value: 'message', description: 'What became of a message that this run of the journey sent' },
	...ruleSourceOptions('Conditions on the person: attributes, events, score, grade, stage, consent and so on'),
	{ name: 'Something in the Item', value: 'item', description: 'Conditions on the fields of the item, as in n8n\'s If' },
];

const ruleFields: INodeProperties[] = [
	{
		displayName: 'Output Name',
		name: 'name',
		type: 'string',
		noDataExpression: true,
		default: '',
		placeholder: 'e.g. Customers',
		description: 'What the output of this rule is called. People who left by it are counted and remembered by this name.',
	},
	{
		displayName: 'Holds When',
		name: 'by',
		type: 'options',
		noDataExpression: true,
		options: ASKED_FOR,
		default: 'rule',
		description: 'What the rule asks for',
	},
	...ruleSourceFields({ description: 'People who are in it at the moment', placeholder: 'e.g. Customers in Berlin' }),
	{
		displayName: 'Message Was',
		name: 'happened',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { by: ['message'] } },
		options: [
			{ name: 'Bounced', value: 'bounced', description: REPORTED },
			{ name: 'Clicked', value: 'clicked', description: 'A link in it, not by a machine' },
			{ name: 'Delivered', value: 'delivered', description: REPORTED },
			{ name: 'Failed', value: 'failed', description: 'The provider refused it' },
			{ name: 'Marked as Spam', value: 'complained', description: REPORTED },
			{ name: 'Opened', value: 'opened', description: 'Also by mail programs that load pictures by themselves' },
			{ name: 'Replied To', value: 'replied', description: 'By a person. What does not say to what it answers, such as a text message, counts for the newest one that went to its number within 7 days.' },
			{ name: 'Sent', value: 'sent' },
			{ name: 'Skipped', value: 'skipped', description: 'Kept back by consent, a cap or another guard' },
			{ name: 'Unsubscribed From', value: 'unsubscribed' },
		],
		default: 'clicked',
		description: 'What must have become of the message by now',
	},
	messageStepField('Whose message.', { show: { by: ['message'] } }),
	{
		displayName: 'Did Not',
		name: 'never',
		type: 'boolean',
		displayOptions: { show: { by: ['message'] } },
		default: false,
		description: 'Whether the rule holds for those with whom that has not happened, also because nothing was sent',
	},
	{
		displayName: 'Conditions',
		name: 'conditions',
		type: 'filter',
		displayOptions: { show: { by: ['item'] } },
		default: {},
		typeOptions: { filter: { caseSensitive: true, typeValidation: 'loose', version: 2 } },
		description: 'Conditions on the fields of the item',
	},
];

export const properties: INodeProperties[] = [
	{
		displayName: 'Rules',
		name: 'rules',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, sortable: true },
		placeholder: 'Add Rule',
		default: { rule: [{ name: '', by: 'rule' }] },
		description: 'Looked at from top to bottom; each person leaves by the first that holds, or by Remainder. Whoever adds, removes or moves one checks the connections behind it: n8n keeps them by place.',
		options: [{ displayName: 'Rule', name: 'rule', values: ruleFields }],
	},
	settingsInForceField(['zone']),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: identityFields({
			kindDescription: 'Only for items of no journey: what the identity value is, for example email, phone or user_id',
			valueDescription: 'Only for items of no journey: by this the profile is found. For people who are not known only rules on the item can hold.',
		}),
	},
];
