import type { INodeProperties } from 'n8n-workflow';

import { batchSizeField, CHANNEL_OPTIONS, nameLocator } from '../shared/fields';

/** One channel, purpose and topic for everybody, so these take no expression: consent is asked for a batch. */
export const properties: INodeProperties[] = [
	{
		displayName:
			'Connect the nodes that send to the output Send, and the last of them back to this node\'s input. They get one person at a time. Everybody comes out of Done, with what became of their message in the field "delivery".',
		name: 'notice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Channel',
		name: 'channel',
		type: 'options',
		noDataExpression: true,
		options: CHANNEL_OPTIONS,
		default: 'chat',
		description: 'What the message counts as: consent, suppressions, frequency caps and the ledger go by it. Slack or Telegram is Chat, a letter is Direct Mail.',
	},
	{
		displayName: 'Service',
		name: 'service',
		type: 'string',
		noDataExpression: true,
		default: '',
		placeholder: 'e.g. Slack',
		description: 'Who delivers it, as the ledger is to show it',
	},
	{
		displayName: 'Purpose',
		name: 'purpose',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Marketing', value: 'marketing', description: 'Sent to people who want it' },
			{ name: 'Transactional', value: 'transactional', description: 'An order, a password, a bill: sent even to those who unsubscribed from marketing' },
		],
		default: 'marketing',
		description: 'Why it is sent, which decides whose consent it needs',
	},
	{
		...nameLocator({
			displayName: 'Topic',
			name: 'topic',
			list: 'searchTopics',
			placeholder: 'e.g. newsletter',
			description: 'What people subscribe to or unsubscribe from: a topic of Profile Engine: Settings, or another name. Empty: the channel as a whole.',
			displayOptions: { show: { purpose: ['marketing'] } },
		}),
		noDataExpression: true,
	},
	{
		displayName: 'Address',
		name: 'address',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.slackId }}',
		description: 'Where it goes on this channel: whoever is on the suppression list with it is skipped. Email, SMS and WhatsApp go by the person\'s own as well and do not need it.',
	},
	{
		displayName: 'In a Manual Run',
		name: 'manualOutput',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Leave by Done, Send Nothing', value: 'done' },
			{ name: 'Loop Through Send', value: 'send', description: 'The nodes behind Send do what they always do: they really send' },
		],
		default: 'done',
		description: 'What the editor does. Nothing is recorded either way. A published journey ignores this.',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			{
				displayName: 'Answer Within (Minutes)',
				name: 'answerWithinMinutes',
				type: 'number',
				noDataExpression: true,
				typeOptions: { minValue: 1, maxValue: 1440 },
				default: 10,
				description: 'How long the nodes behind Send may take for one person. When n8n dies meanwhile, the message is unknown after this time, and is never sent again.',
			},
			batchSizeField,
			{
				displayName: 'Hold at Most (Hours)',
				name: 'holdAtMostHours',
				type: 'number',
				noDataExpression: true,
				typeOptions: { minValue: 0, maxValue: 744 },
				default: 36,
				description: 'A message that would have to wait longer than this for quiet hours or a cap to end is skipped. Overrides the one in Profile Engine: Settings.',
			},
			{
				displayName: 'When Capped',
				name: 'whenCapped',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Hold Until Allowed', value: 'hold', description: 'The person waits at this node' },
					{ name: 'Skip', value: 'skip', description: 'The person goes on by Done, with the reason' },
				],
				default: 'skip',
				description: 'What happens to a marketing message to somebody who got as many as the frequency cap allows, or who has paused messages',
			},
			{
				displayName: 'When Quiet',
				name: 'whenQuiet',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Hold Until Morning', value: 'hold', description: 'The person waits at this node until the quiet hours end where they are' },
					{ name: 'Skip', value: 'skip', description: 'The person goes on by Done, with the reason' },
				],
				default: 'hold',
				description: 'What happens to a marketing message in the quiet hours or on a blackout date where the person is',
			},
		],
	},
];
