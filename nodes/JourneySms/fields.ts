import type { INodeProperties } from 'n8n-workflow';

import { batchSizeField, holdingFields, nameLocator, purposeField, settingsInForceField, templateField, templateOption, topicField } from '../shared/fields';
import { connectionsField, contactPhoneField, guardsNotice } from '../shared/fields/sender';
import { SMS_PROVIDERS } from './providers';

const { holdAtMost, whenCapped, whenQuiet } = holdingFields('message', 'Not Sent');

const LIQUID =
	'Liquid, filled in for each person: profile (all attributes), journey, event (the one that started the journey), item (the JSON of the incoming item) and links (unsubscribeUrl, preferencesUrl, confirmUrl)';

const COUNTRY: INodeProperties = {
	displayName: 'Country',
	name: 'country',
	type: 'string',
	default: '',
	placeholder: 'e.g. DE',
	description: 'Code of two letters (ISO 3166-1) of the country that a phone number is in',
};

export const pricesField: INodeProperties = {
	displayName: 'Prices per Segment',
	name: 'prices',
	type: 'fixedCollection',
	noDataExpression: true,
	typeOptions: { multipleValues: true },
	placeholder: 'Add Price',
	default: {},
	description: 'What a message of one segment costs, for the estimates of a manual run and of Journey Control: Estimate SMS, and for the cost that Get Status tells of what was sent',
	options: [
		{
			displayName: 'Price',
			name: 'values',
			values: [
				{ ...COUNTRY, description: 'Code of two letters (ISO 3166-1); * for all countries without a price of their own' },
				{ displayName: 'Price', name: 'price', type: 'string', default: '', placeholder: 'e.g. 0.0075', description: 'In the currency of your contract, with a point' },
			],
		},
	],
};

/** First, since the credential that it asks for stands right below it. */
export const providerField: INodeProperties = {
	displayName: 'Provider',
	name: 'provider',
	type: 'options',
	noDataExpression: true,
	options: SMS_PROVIDERS.map(({ value, name, description }) => ({ value, name, description })),
	default: 'twilio',
	description: 'Which service delivers the messages. What it reports of them, and what people answer, comes in by the Journey Collector Trigger.',
};

/** One for the whole batch: sending.ts says why these take no expression. */
export const audienceFields: INodeProperties[] = [
	purposeField('Sent only to people who said yes to SMS'),
	topicField('SMS as a whole'),
];

export const senderFields: INodeProperties[] = [
	{
		...nameLocator({
			displayName: 'Sender',
			name: 'sender',
			list: 'searchSmsSenders',
			placeholder: 'e.g. shop',
			description: 'An SMS sender of Profile Engine: Settings. Empty: the one in the credential; when that names none, the first in Settings.',
		}),
		noDataExpression: true,
	},
	{
		displayName: 'From',
		name: 'from',
		type: 'string',
		noDataExpression: true,
		default: '',
		placeholder: 'e.g. +14155550100',
		description: 'Number, name of up to 11 letters and digits, or messaging service (Twilio: MG…; Plivo: ID of a powerpack) that this node\'s messages come from. Empty: the sender above.',
	},
	{
		displayName: 'Senders per Country',
		name: 'countrySenders',
		type: 'fixedCollection',
		noDataExpression: true,
		typeOptions: { multipleValues: true },
		placeholder: 'Add Country',
		default: {},
		description: 'Other senders for phone numbers of some countries: many countries take no names, or only numbers of their own',
		options: [
			{
				displayName: 'Country',
				name: 'values',
				values: [
					COUNTRY,
					{ displayName: 'From', name: 'from', type: 'string', default: '', placeholder: 'e.g. SHOP', description: 'Number, name or messaging service that people there see' },
				],
			},
		],
	},
];

export const contentFields: INodeProperties[] = [
	{
		displayName: 'Content',
		name: 'contentSource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'From Expression', value: 'expression', description: 'The text comes from an n8n expression, one by one for each item' },
			templateOption,
			{ name: 'Text', value: 'text', description: 'Written here, with Liquid' },
		],
		default: 'text',
		description: 'What the message is made from',
	},
	templateField('sms'),
	{
		displayName: 'Text',
		name: 'text',
		type: 'string',
		typeOptions: { rows: 4 },
		// Without it the editor turns the field into an n8n expression as soon as somebody types two opening braces.
		noDataExpression: true,
		displayOptions: { show: { contentSource: ['text'] } },
		default: 'Hello {{ profile.firstName | default: "there" }}, your order is on its way.',
		placeholder: 'e.g. Hello {{ profile.firstName }}, your order is on its way.',
		description: `The message. ${LIQUID}. 160 characters are one message, 70 when one of them is not in GSM-7 (emojis, Cyrillic, curly quotes). Execute the node to see the count and the cost.`,
	},
	{
		displayName: 'Text',
		name: 'textExpression',
		type: 'string',
		typeOptions: { rows: 4 },
		displayOptions: { show: { contentSource: ['expression'] } },
		default: '',
		placeholder: 'e.g. {{ $json.text }}',
		description: 'The message, worked out for each item. Liquid in the result is filled in as well.',
	},
	{
		displayName: 'Media URLs',
		name: 'mediaUrls',
		type: 'string',
		noDataExpression: true,
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Media URL' },
		displayOptions: { hide: { contentSource: ['template'] } },
		default: [],
		placeholder: 'e.g. https://cdn.example.com/{{ profile.plan }}.jpg',
		description: 'Public addresses of pictures, with Liquid: the message goes as an MMS, in the countries where the provider has it. One that is empty for a person is left out. HTTP, Sinch, Solapi and Vonage send the first.',
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
			'When you execute this node in the editor, the first 3 messages go to this number instead of to the people, and nothing is recorded. Empty: nothing is sent at all. The rendered message comes out either way.',
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
			pricesField,
			{
				displayName: 'Smart Encoding',
				name: 'smartEncoding',
				type: 'boolean',
				noDataExpression: true,
				default: true,
				description: 'Whether curly quotes, long dashes and the like are replaced by plain ones, of which more than twice as many fit into a message',
			},
			{
				displayName: 'Track Clicks',
				name: 'trackClicks',
				type: 'boolean',
				noDataExpression: true,
				default: false,
				description: 'Whether links lead through the collector, so that clicks are seen and can continue a journey. They become about 150 characters long, one segment more.',
			},
			{
				displayName: 'Unsubscribe Hint',
				name: 'unsubscribeHint',
				type: 'string',
				noDataExpression: true,
				default: 'Reply STOP to opt out',
				description: 'Last line of marketing messages, with Liquid. Many countries require it, at least in the first message. Nobody can answer a name: with one as the sender write {{ links.unsubscribeUrl }} instead.',
			},
			whenCapped,
			whenQuiet,
		],
	},
];
