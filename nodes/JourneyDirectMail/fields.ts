import type { INodeProperties } from 'n8n-workflow';

import { batchSizeField, contentSourceField, holdingFields, identityFields, purposeField, settingsInForceField, templateField, topicField, unlessTemplate } from '../shared/fields';

const { holdAtMost, whenCapped, whenQuiet } = holdingFields('message', 'Not Sent');

const LIQUID =
	'Liquid, filled in for each person, values escaped: profile (all attributes), journey, event (the one that started the journey), item (the JSON of the incoming item) and links (unsubscribeUrl, preferencesUrl)';

const postcard = (more: Record<string, string[]> = {}) => ({ show: { piece: ['postcard'], ...more } });
const letter = (more: Record<string, string[]> = {}) => ({ show: { piece: ['letter'], ...more } });

/** One for the whole batch: sending.ts says why these take no expression. */
export const audienceFields: INodeProperties[] = [purposeField('Not sent to people who left direct mail'), topicField('direct mail as a whole')];

const SOURCES = [
	{ name: 'File Address', value: 'url', description: 'A PDF, PNG or JPG at a public address, the same for all' },
	{ name: 'HTML', value: 'html', description: 'Written here, with Liquid' },
	{ name: 'Lob Template', value: 'template', description: 'HTML that is saved in Lob, filled in by Merge Variables' },
];

/** A side of a postcard, or a letter: what it is made from, and that. */
function side(name: 'front' | 'back' | 'letter', displayName: string, shown: typeof postcard, html: string, more: typeof SOURCES = []): INodeProperties[] {
	const source = `${name}Source`;
	return [
		{
			displayName: displayName, name: source, type: 'options', noDataExpression: true, options: [...more, ...SOURCES], default: 'html', displayOptions: shown(),
			description: 'What it is printed from',
		},
		{
			displayName: `${displayName} HTML`, name: `${name}Html`, type: 'string', typeOptions: { rows: 10 }, noDataExpression: true, default: html, required: true, displayOptions: shown({ [source]: ['html'] }),
			placeholder: 'e.g. <html><body>Hello {{ profile.firstName }}</body></html>', description: `What is printed. ${LIQUID}. At most 10,000 characters once it is filled in.`,
		},
		{
			displayName: `${displayName} Template ID`, name: `${name}Template`, type: 'string', noDataExpression: true, default: '', required: true, displayOptions: shown({ [source]: ['template'] }),
			placeholder: 'e.g. tmpl_a1234dddg', description: 'From Lob: Templates',
		},
		{
			displayName: `${displayName} Address`, name: `${name}Url`, type: 'string', noDataExpression: true, default: '', required: true, displayOptions: shown({ [source]: ['url'] }),
			placeholder: 'e.g. https://cdn.example.com/card.pdf', description: 'Of the file, beginning with https:// and ending in .pdf, .png, .jpg or .html',
		},
	];
}

export const written: INodeProperties[] = [
	{
		displayName: 'Piece',
		name: 'piece',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Letter', value: 'letter', description: 'On paper, in an envelope' },
			{ name: 'Postcard', value: 'postcard', description: 'Front and back, without an envelope' },
		],
		default: 'postcard',
		description: 'What is printed. Each one costs, by your plan at Lob.',
	},
	...side('front', 'Front', postcard, '<html><body style="margin:0.5in;font-family:sans-serif"><h1>Hello {{ profile.firstName | default: "there" }}</h1></body></html>'),
	...side('back', 'Back', postcard, '<html><body style="margin:0.5in;font-family:sans-serif"><p>We miss you.</p></body></html>'),
	...side('letter', 'Letter', letter, '<html><body style="margin:3in 0.75in 0.75in;font-family:serif"><p>Dear {{ profile.firstName | default: "customer" }},</p></body></html>', [
		{ name: 'Binary File', value: 'file', description: 'A PDF that each item brings' },
	]),
	{
		displayName: 'Binary Field', name: 'binaryField', type: 'string', noDataExpression: true, default: 'data', required: true, displayOptions: letter({ letterSource: ['file'] }),
		placeholder: 'e.g. data', description: 'Name of the binary field of the item that holds the PDF; at most 10 MB. Make or get it right before this step, since files do not pass a wait. A letter that is held here keeps its file.',
	},
	{
		displayName: 'Merge Variables', name: 'mergeVariables', type: 'fixedCollection', noDataExpression: true, typeOptions: { multipleValues: true }, placeholder: 'Add Variable', default: {},
		description: 'What templates in Lob are filled in with',
		options: [{
			displayName: 'Variable', name: 'values', values: [
				{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. first_name', description: 'As the template has it, without blanks' },
				{ displayName: 'Value', name: 'value', type: 'string', default: '', placeholder: 'e.g. {{ profile.firstName }}', description: 'Text with Liquid' },
			],
		}],
	},
];

export const contentFields: INodeProperties[] = [contentSourceField('HTML with Liquid, a file, or a template that is saved in Lob'), templateField('directmail'), ...unlessTemplate(written)];

/** Last, since inside a published journey it is not needed. */
export const recipientFields: INodeProperties[] = identityFields({
	kindDescription: 'Only for items that do not come from a journey, for example rows of a sheet: what the value below is, such as email, phone or user_id',
	valueDescription: 'Only for items that do not come from a journey: it finds the profile, or makes it, so that consent and caps are asked. The address is the one above.',
});

export const optionFields: INodeProperties[] = [
	settingsInForceField(['caps', 'quietHours', 'blackoutDates', 'guardedPurposes', 'holdAtMostHours', 'holdout', 'publicUrl']),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			{
				displayName: 'Address Placement', name: 'addressPlacement', type: 'options', noDataExpression: true, default: 'top_first_page', description: 'Of letters: where the address is printed that shows through the window of the envelope',
				options: [
					{ name: 'Blank Page in Front', value: 'insert_blank_page', description: 'On a page of its own, which counts as one' },
					{ name: 'Bottom of First Page', value: 'bottom_first_page' },
					{ name: 'Bottom of First Page, Centred', value: 'bottom_first_page_center' },
					{ name: 'Top of First Page', value: 'top_first_page' },
				],
			},
			batchSizeField,
			{ displayName: 'Color', name: 'color', type: 'boolean', noDataExpression: true, default: false, description: 'Whether letters are printed in color, which costs more; postcards always are' },
			{ displayName: 'Connections', name: 'connections', type: 'number', noDataExpression: true, typeOptions: { minValue: 1, maxValue: 20 }, default: 5, description: 'How many pieces are handed to Lob at the same time' },
			{ displayName: 'Double Sided', name: 'doubleSided', type: 'boolean', noDataExpression: true, default: true, description: 'Whether letters are printed on both sides of the paper' },
			{
				displayName: 'Extra Service', name: 'extraService', type: 'options', noDataExpression: true, default: 'none', description: 'Of letters; each costs more, and needs First Class',
				options: [
					{ name: 'Certified', value: 'certified', description: 'With proof that it was delivered' },
					{ name: 'Certified With Return Receipt', value: 'certified_return_receipt', description: 'With the signature of who took it' },
					{ name: 'None', value: 'none' },
					{ name: 'Registered', value: 'registered', description: 'Followed on its way' },
				],
			},
			holdAtMost,
			{
				displayName: 'Letter Size', name: 'letterSize', type: 'options', noDataExpression: true, default: 'us_letter', description: 'Of the paper of letters',
				options: [{ name: 'US Legal', value: 'us_legal', description: '8.5 by 14 inches' }, { name: 'US Letter', value: 'us_letter', description: '8.5 by 11 inches' }],
			},
			{
				displayName: 'Mail Type', name: 'mailType', type: 'options', noDataExpression: true, default: 'usps_first_class', description: 'How fast the post takes it, and for how much',
				options: [{ name: 'First Class', value: 'usps_first_class', description: 'In some days' }, { name: 'Standard', value: 'usps_standard', description: 'Cheaper, in one to three weeks; within the US' }],
			},
			{
				displayName: 'Postcard Size', name: 'postcardSize', type: 'options', noDataExpression: true, default: '4x6', description: 'In inches; only 4x6 goes to other countries than the US',
				options: [{ name: '4x6', value: '4x6' }, { name: '6x11', value: '6x11' }, { name: '6x9', value: '6x9' }],
			},
			whenCapped,
			whenQuiet,
		],
	},
];
