import type { INodeProperties } from 'n8n-workflow';

/** Without noDataExpression the editor turns a field into an n8n expression as soon as somebody types two opening braces. */
const TEXT = { type: 'string', noDataExpression: true, default: '' } as const;

const show = { contentSource: ['interactive'] };
const ofButtons = { show: { ...show, answers: ['buttons'] } };
const ofList = { show: { ...show, answers: ['list'] } };

const TITLE: INodeProperties = { ...TEXT, displayName: 'Title', name: 'title', placeholder: 'e.g. Yes, please', description: 'What people read, with Liquid: 20 characters on a button, 24 in a list. Empty for a person: left out.' };
const ID: INodeProperties = { ...TEXT, displayName: 'ID', name: 'id', placeholder: 'e.g. yes-{{ item.order }}', description: 'Comes back with WhatsApp Replied when it is chosen, with Liquid. Empty: the title.' };

/** Answers below a text, which people choose instead of writing. */
export const interactiveFields: INodeProperties[] = [
	{
		displayName: 'Answers', name: 'answers', type: 'options', noDataExpression: true, displayOptions: { show }, default: 'buttons', description: 'How people choose',
		options: [{ name: 'Buttons', value: 'buttons', description: 'Up to three, below the text' }, { name: 'List', value: 'list', description: 'Up to ten, behind a button' }],
	},
	{
		displayName: 'Replies', name: 'replies', type: 'fixedCollection', noDataExpression: true, typeOptions: { multipleValues: true, sortable: true, maxAllowedFields: 3 }, displayOptions: ofButtons, placeholder: 'Add Button', default: {},
		description: 'At most three', options: [{ displayName: 'Reply', name: 'values', values: [TITLE, ID] }],
	},
	{ ...TEXT, displayName: 'List Button', name: 'listButton', displayOptions: ofList, default: 'Choose', placeholder: 'e.g. See times', description: 'Opens the list, with Liquid; up to 20 characters' },
	{
		displayName: 'Rows', name: 'rows', type: 'fixedCollection', noDataExpression: true, typeOptions: { multipleValues: true, sortable: true, maxAllowedFields: 10 }, displayOptions: ofList, placeholder: 'Add Row', default: {}, description: 'At most ten',
		options: [{
			displayName: 'Row', name: 'values', values: [
				TITLE,
				{ ...TEXT, displayName: 'Description', name: 'description', placeholder: 'e.g. From 9 to 12', description: 'Below the title, with Liquid; up to 72 characters' },
				{ ...TEXT, displayName: 'Section', name: 'section', placeholder: 'e.g. Monday', description: 'Rows of the same section stand together below its title. With several sections each row needs one.' },
				ID,
			],
		}],
	},
	{ ...TEXT, displayName: 'Header', name: 'interactiveHeader', displayOptions: { show }, placeholder: 'e.g. Your order', description: 'Above the text, with Liquid; up to 60 characters' },
	{ ...TEXT, displayName: 'Footer', name: 'interactiveFooter', displayOptions: { show }, placeholder: 'e.g. Reply STOP to leave', description: 'Below the text, small, with Liquid; up to 60 characters' },
];
