import type { INodeProperties } from 'n8n-workflow';

import { batchSizeField, holdingFields, nameLocator, purposeField, settingsInForceField, topicField } from '../shared/fields';
import { connectionsField, contactPhoneField, guardsNotice } from '../shared/fields/sender';
import { WHATSAPP_PROVIDERS } from './providers';

const { holdAtMost, whenCapped, whenQuiet } = holdingFields('message', 'Not Sent');

/** First, since the credential that it asks for stands right below it. */
export const providerField: INodeProperties = {
	displayName: 'Provider',
	name: 'provider',
	type: 'options',
	noDataExpression: true,
	options: WHATSAPP_PROVIDERS.map(({ value, name, description }) => ({ value, name, description })),
	default: 'meta',
	description: 'Which service delivers the messages. What it reports of them, and what people answer, comes in by the Journey Collector Trigger.',
};

/** One for the whole batch: sending.ts says why these take no expression. */
export const audienceFields: INodeProperties[] = [
	purposeField('Sent only to people who said yes to WhatsApp'),
	topicField('WhatsApp as a whole'),
	{
		displayName: 'WhatsApp wants an explicit opt-in for every message: also a transactional one goes only to people who have signed up for WhatsApp, for any topic.',
		name: 'optInNotice',
		type: 'notice',
		displayOptions: { show: { purpose: ['transactional'] } },
		default: '',
	},
];

export const senderFields: INodeProperties[] = [
	{
		...nameLocator({
			displayName: 'Sender',
			name: 'sender',
			list: 'searchWhatsAppSenders',
			placeholder: 'e.g. shop',
			description: 'A WhatsApp sender of Profile Engine: Settings. Empty: the phone number of the Meta credential; at Twilio the first in Settings.',
		}),
		noDataExpression: true,
	},
	{
		displayName: 'From',
		name: 'from',
		type: 'string',
		noDataExpression: true,
		default: '',
		placeholder: 'e.g. +14155238886',
		description: 'Sender of this node\'s messages alone. Twilio: a WhatsApp number or messaging service (MG…). Meta: the ID of a phone number. Empty: the sender above.',
	},
];

/** Last, since inside a published journey neither is needed. */
export const recipientFields: INodeProperties[] = [
	contactPhoneField,
	{
		displayName: 'Test Recipient',
		name: 'testRecipient',
		type: 'string',
		noDataExpression: true,
		default: '',
		placeholder: 'e.g. +49 170 1234567',
		description:
			'When you execute this node in the editor, the first 3 messages go to this number instead of to the people, and nothing is recorded. A text or media arrives only if that phone has written to the sender within 24 hours. Empty: nothing is sent at all.',
	},
];

export const optionFields: INodeProperties[] = [
	settingsInForceField(['caps', 'quietHours', 'blackoutDates', 'guardedPurposes', 'holdAtMostHours', 'holdout', 'senders', 'publicUrl']),
	guardsNotice('message'),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			batchSizeField,
			connectionsField,
			holdAtMost,
			{
				displayName: 'Link Preview',
				name: 'linkPreview',
				type: 'boolean',
				noDataExpression: true,
				default: false,
				description: 'Whether WhatsApp shows a picture and title of the first link of a text. Meta Cloud API only.',
			},
			{
				displayName: 'Track Clicks',
				name: 'trackClicks',
				type: 'boolean',
				noDataExpression: true,
				default: false,
				description: 'Whether links in texts and captions lead through the collector, so that clicks are seen and can continue a journey. Those of templates stay as they were approved.',
			},
			whenCapped,
			whenQuiet,
		],
	},
];
