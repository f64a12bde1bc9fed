import type { INodeProperties } from 'n8n-workflow';

import { batchSizeField, contentSourceField, holdingFields, purposeField, settingsInForceField, templateField, topicField, unlessTemplate } from '../shared/fields';
import { collapseKeyField, contactUserIdField, dataField, imageField, liquidText, messageField, timeToLiveField, titleField, trackClicksField } from '../shared/fields/notification';
import { connectionsField, guardsNotice } from '../shared/fields/sender';
import { PUSH_PROVIDERS } from './providers';

const { holdAtMost, whenCapped, whenQuiet } = holdingFields('message', 'Not Sent');

/** First, since the credential that it asks for stands right below it. */
export const providerField: INodeProperties = {
	displayName: 'Provider',
	name: 'provider',
	type: 'options',
	noDataExpression: true,
	options: PUSH_PROVIDERS.map(({ value, name, description }) => ({ value, name, description })),
	default: 'fcm',
	description: 'Which service delivers the notifications. Only to device tokens of this service: those of others are left to other nodes.',
};

/** One for the whole batch: sending.ts says why these take no expression. */
export const audienceFields: INodeProperties[] = [purposeField('Sent to people who have not said no to push'), topicField('push as a whole')];

export const written: INodeProperties[] = [
	titleField,
	messageField,
	imageField,
	liquidText({
		displayName: 'Link', name: 'link', placeholder: 'e.g. https://shop.example.com/orders/{{ item.orderId }}',
		description: 'What opens at a tap, with Liquid: an address of the web, or of the app (myapp://orders). The app also gets it as link among its data.',
	}),
	dataField('What the app gets besides, by name. All values arrive as text.'),
];

export const contentFields: INodeProperties[] = [contentSourceField('Title, message, picture, link and data, with Liquid'), templateField('push'), ...unlessTemplate(written)];

/** Last, since inside a published journey neither is needed. */
export const recipientFields: INodeProperties[] = [
	contactUserIdField,
	{
		displayName: 'Test Device',
		name: 'testDevice',
		type: 'string',
		noDataExpression: true,
		default: '',
		placeholder: 'e.g. ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]',
		description: 'A device token (for OneSignal by external ID: a user ID). When you execute this node in the editor, the first 3 notifications go there instead of to the people, and nothing is recorded. Empty: nothing is sent at all. The rendered notification comes out either way.',
	},
];

export const optionFields: INodeProperties[] = [
	settingsInForceField(['caps', 'quietHours', 'blackoutDates', 'guardedPurposes', 'holdAtMostHours', 'holdout', 'publicUrl']),
	guardsNotice('message'),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			liquidText({ displayName: 'Badge', name: 'badge', placeholder: 'e.g. {{ profile.unread }}', description: 'Number at the app\'s icon on Apple devices, with Liquid; 0 takes it away' }),
			batchSizeField,
			collapseKeyField,
			{ ...connectionsField, description: 'How many people\'s notifications are handed to the provider at the same time' },
			holdAtMost,
			{
				displayName: 'Override (JSON)',
				name: 'override',
				type: 'json',
				noDataExpression: true,
				default: '{}',
				placeholder: 'e.g. {"android": {"notification": {"channel_id": "orders"}}}',
				description: 'Laid over what goes to the provider, object by object, in the provider\'s own words; null takes a field out. Liquid in its texts. Execute the node to see the result.',
			},
			{
				displayName: 'Priority',
				name: 'priority',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'High', value: 'high', description: 'At once, also to a device that sleeps' },
					{ name: 'Normal', value: 'normal', description: 'When it suits the device\'s battery' },
				],
				default: 'high',
				description: 'How much the device may be woken for it',
			},
			liquidText({ displayName: 'Sound', name: 'sound', placeholder: 'e.g. default', description: 'Sound of the app, or default. Empty: silent on Apple devices.' }),
			timeToLiveField,
			trackClicksField('Whether a link of the web leads through the collector, so that clicks are seen and can continue a journey. Switch it off where the app itself opens links of your site: it does not know the collector\'s.'),
			whenCapped,
			whenQuiet,
		],
	},
];
