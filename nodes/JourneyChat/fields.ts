import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { batchSizeField, holdingFields, purposeField, settingsInForceField, templateField, templateOption, topicField, unlessTemplate } from '../shared/fields';
import { connectionsField, guardsNotice } from '../shared/fields/sender';
import { CHAT_PROVIDERS } from './providers';

const { holdAtMost, whenCapped, whenQuiet } = holdingFields('message', 'Not Sent');

const LIQUID =
	'Liquid, filled in for each person: profile (all attributes), journey, event (the one that started the journey), item (the JSON of the incoming item) and links (unsubscribeUrl, preferencesUrl, confirmUrl)';

const WRITTEN = ['discord', 'line', 'slack', 'telegram', 'viber'];

/** First, since the credential that it asks for stands right below it. */
export const providerField: INodeProperties = {
	displayName: 'Provider',
	name: 'provider',
	type: 'options',
	noDataExpression: true,
	options: CHAT_PROVIDERS.map(({ value, name, description }) => ({ value, name, description })),
	default: 'telegram',
	description: 'Which service delivers the messages, to the identity of each person that is called like it (telegram, line, slack, discord, viber), for Kakao to their phone. Who starts or blocks the bot, and what people answer, comes in by the Journey Collector Trigger.',
};

/** One for the whole batch: sending.ts says why these take no expression. */
export const audienceFields: INodeProperties[] = [
	purposeField('Not sent to people who left chat or the topic'),
	topicField('chat as a whole'),
];

const FORMATS: Record<'plain' | 'markdown' | 'html', INodePropertyOptions> = {
	html: { name: 'HTML', value: 'html', description: 'Telegram\'s tags: b, i, u, s, code, pre, a, blockquote, tg-spoiler' },
	markdown: { name: 'Markdown', value: 'markdown', description: '**bold**, *italic*, ~~struck through~~, `code`, [text](https://address)' },
	plain: { name: 'Plain', value: 'plain', description: 'Nothing in the text means anything' },
};

function formatField(providers: string[], formats: INodePropertyOptions[]): INodeProperties {
	return {
		displayName: 'Format',
		name: 'format',
		type: 'options',
		noDataExpression: true,
		options: formats,
		displayOptions: { show: { provider: providers } },
		default: 'plain',
		description: 'How the text is written. What comes from people\'s data is shown as it is in each of them.',
	};
}

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
		displayOptions: { show: { provider: WRITTEN } },
		default: 'text',
		description: 'What the message is made from',
	},
	{
		displayName: 'Content', name: 'contentSource', type: 'options', noDataExpression: true, displayOptions: { show: { provider: ['kakao'] } }, default: 'text', description: 'What the message is made from',
		options: [{ name: 'Kakao Template', value: 'text', description: 'Chosen and filled in here' }, templateOption],
	},
	templateField('chat'),
	...unlessTemplate([formatField(['telegram'], [FORMATS.html, FORMATS.markdown, FORMATS.plain]), formatField(['discord', 'slack'], [FORMATS.markdown, FORMATS.plain])]),
	{
		displayName: 'Text',
		name: 'text',
		type: 'string',
		typeOptions: { rows: 4 },
		// Without it the editor turns the field into an n8n expression as soon as somebody types two opening braces.
		noDataExpression: true,
		displayOptions: { show: { provider: WRITTEN, contentSource: ['text'] } },
		default: 'Hello {{ profile.firstName | default: "there" }}, your order is on its way.',
		placeholder: 'e.g. Hello {{ profile.firstName }}, your order is on its way.',
		description: `The message. ${LIQUID}.`,
	},
	{
		displayName: 'Text',
		name: 'textExpression',
		type: 'string',
		typeOptions: { rows: 4 },
		displayOptions: { show: { provider: WRITTEN, contentSource: ['expression'] } },
		default: '',
		placeholder: 'e.g. {{ $json.text }}',
		description: 'The message, worked out for each item. Liquid in the result is filled in as well.',
	},
	{
		displayName: 'Image URL',
		name: 'imageUrl',
		type: 'string',
		noDataExpression: true,
		displayOptions: { show: { provider: WRITTEN }, hide: { contentSource: ['template'] } },
		default: '',
		placeholder: 'e.g. https://cdn.example.com/{{ profile.plan }}.jpg',
		description: 'Public address of a picture, with Liquid. Empty for a person: they get none.',
	},
	{
		displayName: 'Buttons',
		name: 'buttons',
		type: 'fixedCollection',
		noDataExpression: true,
		typeOptions: { multipleValues: true },
		placeholder: 'Add Button',
		displayOptions: { show: { provider: WRITTEN }, hide: { contentSource: ['template'] } },
		default: {},
		description: 'Below the text, each opens an address. One whose label or address is empty for a person is left out.',
		options: [
			{
				displayName: 'Button',
				name: 'values',
				values: [
					{ displayName: 'Label', name: 'label', type: 'string', noDataExpression: true, default: '', placeholder: 'e.g. Track my order', description: 'With Liquid' },
					{ displayName: 'URL', name: 'url', type: 'string', noDataExpression: true, default: '', placeholder: 'e.g. https://shop.example.com/orders/{{ item.order }}', description: 'With Liquid' },
				],
			},
		],
	},
];

/** Last, since inside a published journey neither is needed. */
export const recipientFields: INodeProperties[] = [
	{
		displayName: 'Contact Chat ID',
		name: 'contactChatId',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.telegramId }}',
		description:
			'Only for items that do not come from a journey, for example rows of a sheet: the ID by which the service knows the person (for Kakao the phone number) finds the profile, or makes it. Inside a journey the person is known and this is not read.',
	},
	{
		displayName: 'Test Recipient',
		name: 'testRecipient',
		type: 'string',
		noDataExpression: true,
		default: '',
		placeholder: 'e.g. 123456789',
		description:
			'When you execute this node in the editor, the first 3 messages go to this ID (for Kakao this phone number) instead of to the people, and nothing is recorded. Empty: nothing is sent at all. The rendered message comes out either way.',
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
			batchSizeField,
			connectionsField,
			holdAtMost,
			{
				displayName: 'Silent',
				name: 'silent',
				type: 'boolean',
				noDataExpression: true,
				displayOptions: { show: { '/provider': ['discord', 'line', 'telegram'] } },
				default: false,
				description: 'Whether the message arrives without a sound',
			},
			{
				displayName: 'Text Message Instead From',
				name: 'smsFrom',
				type: 'string',
				noDataExpression: true,
				displayOptions: { show: { '/provider': ['kakao'] } },
				default: '',
				placeholder: 'e.g. +82 2 930 2266',
				description: 'A number registered at Solapi, from which Solapi sends the same as a text message when KakaoTalk cannot deliver it. Empty: it sends none; a Journey SMS behind Not Sent asks for the consent to SMS, which this does not.',
			},
			{
				displayName: 'Track Clicks',
				name: 'trackClicks',
				type: 'boolean',
				noDataExpression: true,
				displayOptions: { show: { '/provider': WRITTEN } },
				default: false,
				description: 'Whether links of text and buttons lead through the collector, so that clicks are seen and can continue a journey. Addresses that are shown become about 150 characters long.',
			},
			whenCapped,
			whenQuiet,
		],
	},
];
