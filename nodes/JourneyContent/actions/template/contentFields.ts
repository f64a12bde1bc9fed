import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Channel, TemplateContent } from '../../../../engine';
import { DEFAULT_HTML, DEFAULT_MJML, DEFAULT_SUBJECT, DEFAULT_TEXT } from '../../../JourneyEmail/defaultTemplate';
import { jsonObjectOf } from '../../../shared/json';
import { senderFields, writtenContent } from './senderFields';

const LIQUID = 'Liquid, filled in for each person: profile, journey, event, item, links and brand';
const FORMATS = ['mjml', 'html', 'text'] as const;
type Format = (typeof FORMATS)[number];

/** What the content of each channel is written in. Fields with Liquid carry noDataExpression, as in Journey Email. */
export function contentFields({ show = {} }: IDisplayOptions): INodeProperties[] {
	const of = (...channel: string[]) => ({ show: { ...show, channel } });
	const inMail = (...format: Format[]) => ({ show: { ...show, channel: ['email'], format } });
	return [
		{
			displayName: 'Format', name: 'format', type: 'options', noDataExpression: true, displayOptions: of('email'), default: 'mjml',
			options: [
				{ name: 'HTML', value: 'html', description: 'HTML of your own, with Liquid' },
				{ name: 'MJML', value: 'mjml', description: 'Responsive mail from MJML components, with Liquid' },
				{ name: 'Plain Text', value: 'text', description: 'A mail without formatting, with Liquid' },
			],
			description: 'What the mail is written in',
		},
		{ displayName: 'Subject', name: 'subject', type: 'string', noDataExpression: true, required: true, displayOptions: of('email'), default: DEFAULT_SUBJECT, placeholder: 'e.g. {{ profile.firstName }}, your order is on its way', description: `Subject line. ${LIQUID}.` },
		{ displayName: 'Preheader', name: 'preheader', type: 'string', noDataExpression: true, displayOptions: inMail('mjml', 'html'), default: '', placeholder: 'e.g. It arrives tomorrow', description: `The grey line that inboxes show after the subject. ${LIQUID}.` },
		source('MJML', 'mjml', 18, inMail('mjml'), DEFAULT_MJML, 'e.g. <mjml><mj-body>…</mj-body></mjml>', 'The mail in MJML'),
		source('HTML', 'html', 18, inMail('html'), DEFAULT_HTML, 'e.g. <p>Hello {{ profile.firstName }}</p>', 'The mail in HTML'),
		source('Text', 'text', 12, inMail('text'), DEFAULT_TEXT, 'e.g. Hello {{ profile.firstName }}', 'The mail as plain text'),
		{ ...source('Text', 'message', 6, of('sms'), '', 'e.g. {{ profile.firstName }}, your parcel has arrived', 'The text message'), required: true },
		{
			displayName: 'Media URLs', name: 'mediaUrls', type: 'string', noDataExpression: true, typeOptions: { multipleValues: true, multipleValueButtonText: 'Add URL' }, displayOptions: of('sms'), default: [],
			placeholder: 'e.g. https://www.example.com/picture.jpg', description: 'Public addresses of pictures, for services that send MMS',
		},
		...senderFields(show),
		{
			displayName: 'Fields (JSON)', name: 'fields', type: 'json', displayOptions: { show, hide: { channel: ['email', 'sms'] } }, default: '{}', placeholder: 'e.g. { "title": "Hello {{ profile.firstName }}", "body": "…" }',
			description: `In place of the fields above, with all that the engine knows of such a message. Empty: the fields above are taken. ${LIQUID}.`, noDataExpression: true,
		},
	];
}

function source(displayName: string, name: string, rows: number, displayOptions: IDisplayOptions, initial: string, placeholder: string, what: string): INodeProperties {
	return { displayName, name, type: 'string', typeOptions: { rows }, noDataExpression: true, displayOptions, default: initial, placeholder, description: `${what}. ${LIQUID}.` };
}

/** As it was written, never resolved: Liquid's braces are no expression of n8n's. */
export function contentOf(context: IExecuteFunctions, channel: Channel, itemIndex: number): TemplateContent {
	const written = (name: string) => String(context.getNodeParameter(name, itemIndex, '', { rawExpressions: true }) ?? '');
	if (channel === 'email') {
		const format = context.getNodeParameter('format', itemIndex, 'mjml') as Format;
		if (!FORMATS.includes(format)) throw new NodeOperationError(context.getNode(), `'Format' is none that Journey Content knows: ${String(format)}`, { itemIndex, description: 'Choose MJML, HTML or Plain Text.' });
		const preheader = format === 'text' ? '' : written('preheader');
		return { subject: written('subject'), ...(preheader.trim() === '' ? {} : { preheader }), body: { kind: format, source: written(format) } };
	}
	if (channel === 'sms') {
		const given = context.getNodeParameter('mediaUrls', itemIndex, [], { rawExpressions: true }) as string[] | string;
		const mediaUrls = (Array.isArray(given) ? given : [given]).map((url) => String(url).trim()).filter((url) => url !== '');
		return { text: written('message'), ...(mediaUrls.length === 0 ? {} : { mediaUrls }) };
	}
	const fields = jsonObjectOf(context, itemIndex, { name: 'fields', displayName: 'Fields (JSON)', example: '{ "title": "Hello", "body": "…" }' });
	return Object.keys(fields).length > 0 ? fields : (writtenContent(context, channel) ?? fields);
}
