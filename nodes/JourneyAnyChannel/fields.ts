import type { INodeProperties } from 'n8n-workflow';

import { batchSizeField, CHANNEL_OPTIONS, holdingFields, purposeField, settingsInForceField, topicField } from '../shared/fields';

const { holdAtMost, whenCapped, whenQuiet } = holdingFields('message', 'Done');

/** Only the address is each person's own: consent and caps are asked for a batch. */
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
	purposeField('Sent to people who want it'),
	topicField('the channel as a whole'),
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
	settingsInForceField(['caps', 'quietHours', 'blackoutDates', 'guardedPurposes', 'holdAtMostHours', 'holdout']),
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
			holdAtMost,
			whenCapped,
			whenQuiet,
		],
	},
];
