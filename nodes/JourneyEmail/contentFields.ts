import type { INodeProperties } from 'n8n-workflow';

import { templateField, templateOption } from '../shared/fields';
import { DEFAULT_HTML, DEFAULT_MJML, DEFAULT_SUBJECT, DEFAULT_TEXT } from './defaultTemplate';

const LIQUID =
	'Liquid, filled in for each person: profile (all attributes), journey, event (the one that started the journey), item (the JSON of the incoming item) and links (unsubscribeUrl, preferencesUrl, confirmUrl)';

const written = (...contentSource: string[]) => ({ show: { contentSource } });
const fromExpression = { show: { contentSource: ['expression'] } };

/**
 * Fields that hold Liquid carry noDataExpression: without it the editor turns a field into an n8n expression
 * as soon as somebody types two opening braces. A plain text area, because n8n's HTML editor evaluates
 * everything in double braces as an expression of its own and paints Liquid red.
 */
export const contentFields: INodeProperties[] = [
	{
		displayName: 'Content',
		name: 'contentSource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'MJML', value: 'mjml', description: 'Responsive mail from MJML components, with Liquid' },
			{ name: 'HTML', value: 'html', description: 'HTML of your own, with Liquid' },
			{ name: 'Plain Text', value: 'text', description: 'A mail without formatting, with Liquid' },
			{
				name: 'From Expression',
				value: 'expression',
				description: 'Subject and body come from n8n expressions, one by one for each item',
			},
			templateOption,
		],
		default: 'mjml',
		description: 'What the mail is made from',
	},
	templateField('email'),
	{
		displayName: 'Subject',
		name: 'subject',
		type: 'string',
		noDataExpression: true,
		displayOptions: written('mjml', 'html', 'text'),
		required: true,
		default: DEFAULT_SUBJECT,
		placeholder: 'e.g. {{ profile.firstName }}, your order is on its way',
		description: `Subject line. ${LIQUID}.`,
	},
	{
		displayName: 'Preheader',
		name: 'preheader',
		type: 'string',
		noDataExpression: true,
		displayOptions: written('mjml', 'html'),
		default: '',
		placeholder: 'e.g. It arrives tomorrow',
		description: `The grey line that inboxes show after the subject. ${LIQUID}.`,
	},
	{
		displayName: 'MJML',
		name: 'mjml',
		type: 'string',
		typeOptions: { rows: 18 },
		noDataExpression: true,
		displayOptions: written('mjml'),
		required: true,
		default: DEFAULT_MJML,
		placeholder: 'e.g. <mjml><mj-body>…</mj-body></mjml>',
		description: `The mail in MJML. ${LIQUID}. The plain-text part is made from it.`,
	},
	{
		displayName: 'HTML',
		name: 'html',
		type: 'string',
		typeOptions: { rows: 18 },
		noDataExpression: true,
		displayOptions: written('html'),
		required: true,
		default: DEFAULT_HTML,
		placeholder: 'e.g. <p>Hello {{ profile.firstName }}</p>',
		description: `The mail in HTML. ${LIQUID}. The plain-text part is made from it.`,
	},
	{
		displayName: 'Text',
		name: 'text',
		type: 'string',
		typeOptions: { rows: 12 },
		noDataExpression: true,
		displayOptions: written('text'),
		required: true,
		default: DEFAULT_TEXT,
		placeholder: 'e.g. Hello {{ profile.firstName }}',
		description: `The mail as plain text. ${LIQUID}.`,
	},
	{
		displayName: 'Subject',
		name: 'subjectExpression',
		type: 'string',
		displayOptions: fromExpression,
		required: true,
		default: '',
		placeholder: 'e.g. {{ $json.subject }}',
		description: 'Subject line, worked out for each item. Liquid in the result is filled in as well.',
	},
	{
		displayName: 'Preheader',
		name: 'preheaderExpression',
		type: 'string',
		displayOptions: fromExpression,
		default: '',
		placeholder: 'e.g. {{ $json.preheader }}',
		description: 'The grey line that inboxes show after the subject, worked out for each item',
	},
	{
		displayName: 'Body Format',
		name: 'bodyFormat',
		type: 'options',
		noDataExpression: true,
		displayOptions: fromExpression,
		options: [
			{ name: 'HTML', value: 'html', description: 'The body is HTML' },
			{ name: 'MJML', value: 'mjml', description: 'The body is MJML and is compiled' },
			{ name: 'Plain Text', value: 'text', description: 'The body is plain text' },
		],
		default: 'html',
		description: 'What the body expression gives',
	},
	{
		displayName: 'Body',
		name: 'bodyExpression',
		type: 'string',
		typeOptions: { rows: 8 },
		displayOptions: fromExpression,
		required: true,
		default: '',
		placeholder: 'e.g. {{ $json.html }}',
		description: 'Body of the mail, worked out for each item. Liquid in the result is filled in as well.',
	},
];
