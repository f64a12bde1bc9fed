import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

import { contentTemplateOption, nameLocator, templateField } from '../shared/fields';
import { interactiveFields } from './interactiveFields';

const LIQUID =
	'Liquid, filled in for each person: profile (all attributes), journey, event (the one that started the journey), item (the JSON of the incoming item) and links (unsubscribeUrl, preferencesUrl, confirmUrl)';
const MEDIA_TYPES = [
	{ name: 'Audio', value: 'audio' },
	{ name: 'Document', value: 'document' },
	{ name: 'Image', value: 'image' },
	{ name: 'Video', value: 'video' },
];
/** Without it the editor turns a field into an n8n expression as soon as somebody types two opening braces. */
const TEXT = { type: 'string', noDataExpression: true, default: '' } as const;

/** What goes only within 24 hours after the person last wrote, or may. */
const FREE = ['contentTemplate', 'interactive', 'media', 'text'];

type Show = NonNullable<IDisplayOptions['show']>;

/** A template and what fills it in, where `show` says. */
function templateFields(show: Show): INodeProperties[] {
	const parameters = { ...show, templateType: ['parameters'] };
	const ofMeta = { ...parameters, provider: ['meta'] };
	return [
		{
			...nameLocator({
				displayName: 'Template', name: 'template', list: 'searchWhatsAppTemplates', placeholder: 'e.g. order_confirmed', displayOptions: { show },
				description: 'A template that WhatsApp has approved. Meta: by its name. Twilio: a content template, by its SID (HX…).',
			}),
			noDataExpression: true,
		},
		{
			...nameLocator({
				displayName: 'Language', name: 'language', list: 'searchWhatsAppLanguages', placeholder: 'e.g. en_US', default: 'en_US', displayOptions: { show: { ...show, provider: ['meta'] } },
				description: 'Code of the language as WhatsApp Manager shows it. Liquid chooses it for each person, e.g. {{ profile.locale | default: "en_US" }}: the template must exist in each.',
			}),
			noDataExpression: true,
		},
		{
			displayName: 'Template Type',
			name: 'templateType',
			type: 'options',
			noDataExpression: true,
			displayOptions: { show },
			options: [
				{ name: 'Authentication', value: 'code', description: 'A one-time code, in the text and on the button that copies it' },
				{ name: 'Marketing or Utility', value: 'parameters', description: 'Text, header and buttons with parameters' },
			],
			default: 'parameters',
			description: 'What the template was approved as. A marketing template is only sent with the purpose Marketing.',
		},
		{ ...TEXT, displayName: 'Code', name: 'code', displayOptions: { show: { ...show, templateType: ['code'] } }, placeholder: 'e.g. {{ event.properties.code }}', description: 'The one-time code, with Liquid' },
		{
			displayName: 'Header',
			name: 'headerType',
			type: 'options',
			noDataExpression: true,
			displayOptions: { show: ofMeta },
			options: [{ name: 'Document', value: 'document' }, { name: 'Image', value: 'image' }, { name: 'None', value: 'none' }, { name: 'Text', value: 'text' }, { name: 'Video', value: 'video' }],
			default: 'none',
			description: 'What the header of the template is filled in with. None: it has none, or one that is the same for everybody.',
		},
		{ ...TEXT, displayName: 'Header Text', name: 'headerText', displayOptions: { show: { ...ofMeta, headerType: ['text'] } }, placeholder: 'e.g. {{ profile.firstName }}', description: `The parameter of the header. ${LIQUID}.` },
		{ ...TEXT, displayName: 'Header URL', name: 'headerUrl', displayOptions: { show: { ...ofMeta, headerType: ['document', 'image', 'video'] } }, placeholder: 'e.g. https://cdn.example.com/{{ profile.plan }}.jpg', description: 'Public address of the file, with Liquid' },
		{ ...TEXT, displayName: 'Header File Name', name: 'headerFileName', displayOptions: { show: { ...ofMeta, headerType: ['document'] } }, placeholder: 'e.g. Invoice {{ item.number }}.pdf', description: 'What the person sees as the name of the document, with Liquid' },
		{
			displayName: 'Parameters',
			name: 'parameters',
			type: 'fixedCollection',
			noDataExpression: true,
			typeOptions: { multipleValues: true, sortable: true },
			displayOptions: { show: parameters },
			placeholder: 'Add Parameter',
			default: {},
			description: 'What stands in the braces of the text, in order. At Twilio all variables of the content: those of header and buttons, too.',
			options: [
				{
					displayName: 'Parameter',
					name: 'values',
					values: [
						{ ...TEXT, displayName: 'Name', name: 'name', placeholder: 'e.g. first_name', description: 'As in the template\'s braces. Empty: they are numbered, and this is the next one.' },
						{ ...TEXT, displayName: 'Value', name: 'value', placeholder: 'e.g. {{ profile.firstName | default: "there" }}', description: `${LIQUID}. Line breaks become blanks; for a person for whom it is empty the message waits.` },
					],
				},
			],
		},
		{
			displayName: 'Buttons',
			name: 'buttons',
			type: 'fixedCollection',
			noDataExpression: true,
			typeOptions: { multipleValues: true },
			displayOptions: { show: ofMeta },
			placeholder: 'Add Button',
			default: {},
			description: 'Buttons of the template that are given something. Quick replies without a payload need no line.',
			options: [
				{
					displayName: 'Button',
					name: 'values',
					values: [
						{ displayName: 'Place', name: 'place', type: 'number', noDataExpression: true, typeOptions: { minValue: 1, maxValue: 10 }, default: 1, description: 'Which of all buttons of the template, from the top' },
						{
							displayName: 'Type', name: 'type', type: 'options', noDataExpression: true, default: 'url', description: 'What the button does',
							options: [
								{ name: 'Copy Code', value: 'copyCode', description: 'The value is what is copied' },
								{ name: 'Quick Reply', value: 'quickReply', description: 'The value comes back as payload of WhatsApp Replied when it is pressed' },
								{ name: 'URL', value: 'url', description: 'The value is the end of its address' },
							],
						},
						{ ...TEXT, displayName: 'Value', name: 'value', placeholder: 'e.g. orders/{{ item.number }}', description: LIQUID },
					],
				},
			],
		},
	];
}

export const contentFields: INodeProperties[] = [
	{
		displayName: 'Content',
		name: 'contentSource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Free-Form Buttons or List', value: 'interactive', description: 'A text with answers to choose; only within 24 hours after the person last wrote. Meta Cloud API.' },
			{ name: 'Free-Form Media', value: 'media', description: 'A picture, video, sound or document; only within 24 hours after the person last wrote' },
			{ name: 'Free-Form Text', value: 'text', description: 'Written here, with Liquid; only within 24 hours after the person last wrote' },
			{ name: 'Template', value: 'template', description: 'Approved by WhatsApp; may be sent at any time' },
			contentTemplateOption,
		],
		default: 'template',
		description: 'What the message is made from',
	},
	templateField('whatsapp'),
	...templateFields({ contentSource: ['template'] }),
	{
		...TEXT,
		displayName: 'Text',
		name: 'text',
		typeOptions: { rows: 4 },
		displayOptions: { show: { contentSource: ['interactive', 'text'] } },
		default: 'Hello {{ profile.firstName | default: "there" }}, thank you for your message.',
		placeholder: 'e.g. Hello {{ profile.firstName }}, thank you for your message.',
		description: `The message, up to 4,096 characters (with buttons or a list 1,024). ${LIQUID}.`,
	},
	...interactiveFields,
	{ displayName: 'Media Type', name: 'mediaType', type: 'options', noDataExpression: true, displayOptions: { show: { contentSource: ['media'] } }, options: MEDIA_TYPES, default: 'image', description: 'What the file is' },
	{ ...TEXT, displayName: 'Media URL', name: 'mediaUrl', displayOptions: { show: { contentSource: ['media'] } }, placeholder: 'e.g. https://cdn.example.com/{{ profile.plan }}.jpg', description: 'Public address of the file, with Liquid' },
	{ ...TEXT, displayName: 'Caption', name: 'caption', displayOptions: { show: { contentSource: ['media'], mediaType: ['document', 'image', 'video'] } }, placeholder: 'e.g. Your plan, {{ profile.firstName }}', description: LIQUID },
	{ ...TEXT, displayName: 'File Name', name: 'fileName', displayOptions: { show: { contentSource: ['media'], mediaType: ['document'] } }, placeholder: 'e.g. Invoice {{ item.number }}.pdf', description: 'What the person sees as its name, with Liquid. Meta Cloud API only.' },
	{
		displayName: 'When the Window Is Closed',
		name: 'whenClosed',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { contentSource: FREE } },
		options: [
			{ name: 'Send a Template Instead', value: 'template', description: 'The one below; the reason on the item says so' },
			{ name: 'Skip', value: 'skip', description: 'The person goes on by Not Sent, with the reason' },
		],
		default: 'skip',
		description: 'What happens to people who have not written to this sender on WhatsApp within the last 24 hours: WhatsApp lets nobody write to them freely',
	},
	...templateFields({ contentSource: FREE, whenClosed: ['template'] }),
];
