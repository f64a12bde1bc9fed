import type { INodeProperties } from 'n8n-workflow';

import { batchSizeField, CHANNEL_OPTIONS, identityFields, purposeField, topicField } from '../shared/fields';

const CHANNELS = CHANNEL_OPTIONS.filter(({ value }) => value !== 'ads');
const OR_NONE = [{ name: 'None', value: '', description: 'No further channel' }, ...CHANNELS];

/** None takes an expression but the identity: the outputs follow from the channels, and a batch is asked about at once. */
export const properties: INodeProperties[] = [
	{
		displayName:
			'Behind each channel\'s output put that channel\'s sender, and connect both of its outputs back to this node\'s input. Whoever a channel cannot reach goes out by the next one; everybody leaves by Reached or Not Reached.',
		name: 'notice',
		type: 'notice',
		default: '',
	},
	{ displayName: 'Preferred Channel', name: 'channel', type: 'options', noDataExpression: true, options: CHANNELS, default: 'email', description: 'The channel that is tried first' },
	{ displayName: 'Fallback', name: 'fallback', type: 'options', noDataExpression: true, options: OR_NONE, default: 'sms', description: 'The channel for those whom the preferred one does not reach' },
	{ displayName: 'Second Fallback', name: 'secondFallback', type: 'options', noDataExpression: true, options: OR_NONE, default: '', description: 'The channel after that' },
	{
		displayName: 'Order',
		name: 'order',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'As Given', value: 'given' },
			{ name: 'Most Engaged First', value: 'engaged', description: 'For each person the channel first by which they click, open and reply most. Looks by machines do not count; equals stay as given.' },
		],
		default: 'given',
		description: 'Which channel is tried first. What is chosen when a person comes stays, whatever they do meanwhile.',
	},
	{
		displayName: 'Engaged Within (Days)', name: 'engagedDays', type: 'number', noDataExpression: true, typeOptions: { minValue: 1, maxValue: 730, numberPrecision: 0 }, default: 90, displayOptions: { show: { order: ['engaged'] } },
		description: 'How far back clicks, opens and replies count',
	},
	{ ...purposeField('Sent to people who want it'), description: 'As in the senders: decides whose consent is asked for' },
	topicField('each channel as a whole'),
	{
		displayName: 'Wait for Delivery', name: 'waitForDelivery', type: 'boolean', noDataExpression: true, default: false,
		description: 'Whether people wait here until the service tells that the message has arrived, and go to the next channel when it does not. Needs the reports of the service (Journey Collector Trigger: Delivery Reports). What a service without such reports has taken counts as delivered.',
	},
	{
		displayName: 'No Delivery Within (Minutes)', name: 'deliveryMinutes', type: 'number', noDataExpression: true, typeOptions: { minValue: 1, maxValue: 44_640, numberPrecision: 0 }, default: 30, displayOptions: { show: { waitForDelivery: [true] } },
		description: 'After so long without a word of it the next channel is tried. A delivery that is told later changes nothing any more.',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			batchSizeField,
			...identityFields({ kindDescription: 'Only for items of no journey: what the identity value is, for example email, phone or user_id', valueDescription: 'Only for items of no journey: who it is. Empty: nothing speaks against the preferred channel.' }),
			{
				displayName: 'When Unknown',
				name: 'whenUnknown',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Next Channel at Once', value: 'next', description: 'The person may get both' },
					{ name: 'Take as Sent', value: 'asSent', description: 'Nobody gets a second message at once. With Wait for Delivery the next channel is tried after that time.' },
				],
				default: 'asSent',
				description: 'What happens to somebody of whose message nobody knows whether it left, because the service did not answer',
			},
		],
	},
];
