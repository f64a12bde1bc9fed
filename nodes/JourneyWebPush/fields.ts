import type { INodeProperties } from 'n8n-workflow';

import { batchSizeField, contentSourceField, holdingFields, purposeField, settingsInForceField, templateField, topicField, unlessTemplate, variantFields } from '../shared/fields';
import { collapseKeyField, contactUserIdField, dataField, imageField, liquidText, messageField, timeToLiveField, titleField, trackClicksField } from '../shared/fields/notification';
import { connectionsField, guardsNotice } from '../shared/fields/sender';

const { holdAtMost, whenCapped, whenQuiet } = holdingFields('message', 'Not Sent');

export const written: INodeProperties[] = [
	titleField,
	messageField,
	liquidText({ displayName: 'Link', name: 'link', placeholder: 'e.g. https://shop.example.com/orders/{{ item.orderId }}', description: 'Web address that opens at a click, with Liquid. A tab that shows it already is brought to the front.' }),
	liquidText({ displayName: 'Icon URL', name: 'icon', placeholder: 'e.g. https://cdn.example.com/logo-192.png', description: 'Public address of a square picture beside the text, with Liquid' }),
	imageField,
	{
		displayName: 'Buttons',
		name: 'buttons',
		type: 'fixedCollection',
		noDataExpression: true,
		typeOptions: { multipleValues: true },
		placeholder: 'Add Button',
		default: {},
		description: 'At most two, which Safari and Firefox do not show',
		options: [
			{
				displayName: 'Button',
				name: 'values',
				values: [
					liquidText({ displayName: 'Label', name: 'title', placeholder: 'e.g. Buy now', description: 'Text of the button, with Liquid. Empty for a person: no button.' }),
					liquidText({ displayName: 'Link', name: 'link', placeholder: 'e.g. https://shop.example.com/buy/{{ item.product }}', description: 'Web address that it opens, with Liquid. Empty: the link above.' }),
				],
			},
		],
	},
];

export const fields: INodeProperties[] = [
	{
		displayName: 'Browsers subscribe on your site: it needs the tracking snippet, a file of one line and a button. See the documentation of this node.',
		name: 'siteNotice',
		type: 'notice',
		default: '',
	},
	purposeField('Sent to people who have not said no to web push'),
	topicField('web push as a whole'),
	contentSourceField('Title, message, pictures, link and buttons, with Liquid'),
	templateField('webpush'),
	...unlessTemplate(written),
	...variantFields('webpush'),
	contactUserIdField,
	settingsInForceField(['caps', 'quietHours', 'blackoutDates', 'guardedPurposes', 'holdAtMostHours', 'holdout', 'publicUrl', 'pushServices']),
	guardsNotice('message'),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			liquidText({ displayName: 'Badge URL', name: 'badge', placeholder: 'e.g. https://cdn.example.com/badge-96.png', description: 'Small picture of one colour for the status bar of Android, with Liquid' }),
			batchSizeField,
			collapseKeyField,
			{ ...connectionsField, description: 'How many people\'s notifications are handed over at the same time' },
			{
				displayName: 'Contact Address',
				name: 'contactAddress',
				type: 'string',
				noDataExpression: true,
				default: '',
				placeholder: 'e.g. ops@example.com',
				description: 'Whom push services write to when something is wrong. Empty: the address of the collector.',
			},
			dataField('What your site\'s own service worker gets besides, by name'),
			holdAtMost,
			{
				displayName: 'Require Interaction',
				name: 'requireInteraction',
				type: 'boolean',
				noDataExpression: true,
				default: false,
				description: 'Whether it stays on the screen until the person does something (not on phones)',
			},
			{ displayName: 'Silent', name: 'silent', type: 'boolean', noDataExpression: true, default: false, description: 'Whether it comes without sound and vibration' },
			timeToLiveField,
			trackClicksField('Whether links lead through the collector, so that clicks are seen and can continue a journey'),
			{
				displayName: 'Urgency',
				name: 'urgency',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'High', value: 'high', description: 'Also to a device whose battery is low' },
					{ name: 'Low', value: 'low', description: 'Not where the battery is low' },
					{ name: 'Normal', value: 'normal', description: 'On battery and on Wi-Fi' },
					{ name: 'Very Low', value: 'very-low', description: 'Only to a device on power and Wi-Fi' },
				],
				default: 'normal',
				description: 'How much the device may be woken for it',
			},
			whenCapped,
			whenQuiet,
		],
	},
];
