import type { INodeProperties } from 'n8n-workflow';

import { templateField, templateOption, unlessTemplate } from '../shared/fields';

const LIQUID = 'Liquid, filled in for each person: profile (all attributes), journey, event (the one that started the journey), item (the JSON of the incoming item) and links (preferencesUrl, confirmUrl)';

const ofForm = { show: { content: ['form'] } };
const ofSurvey = { show: { content: ['survey'] } };

/** A text with Liquid: without noDataExpression the editor turns the field into an n8n expression as soon as somebody types two opening braces. */
function text(displayName: string, name: string, more: Partial<INodeProperties>): INodeProperties {
	return { displayName, name, type: 'string', noDataExpression: true, default: '', ...more };
}

const thanks = { placeholder: 'e.g. Thank you!', description: 'What stands there afterwards, with Liquid' };

export const contentFields: INodeProperties[] = [
	{
		displayName: 'Content',
		name: 'content',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Message', value: 'message', description: 'Headline, text, an image and buttons' },
			{ name: 'Sign-Up Form', value: 'form', description: 'Asks for an address and consent, which counts after double opt-in' },
			{ name: 'Survey', value: 'survey', description: 'One question; the answer is the event Survey Answered' },
			templateOption,
		],
		default: 'message',
		description: 'What people see',
	},
	templateField('onsite'),
	...unlessTemplate([
		text('Headline', 'headline', { default: 'Welcome back, {{ profile.firstName | default: "nice to see you" }}', placeholder: 'e.g. Free delivery until Sunday', description: `In large letters. ${LIQUID}. Empty: none.` }),
		text('Text', 'text', { typeOptions: { rows: 4 }, placeholder: 'e.g. On all orders over 40 €. No code needed.', description: `Plain text; an empty line begins a paragraph. ${LIQUID}.` }),
		text('Image URL', 'imageUrl', { placeholder: 'e.g. https://cdn.example.com/{{ profile.plan }}.jpg', description: 'Public address of a picture, with Liquid. Empty for a person: they see none.' }),
		text('Image Alt Text', 'imageAlt', { displayOptions: { hide: { imageUrl: [''] } }, placeholder: 'e.g. The new mugs on a table', description: 'What the picture shows, for those who do not see it. Empty: it is decoration.' }),
	], { source: 'content', value: 'template', field: 'template' }),
	{
		displayName: 'Buttons',
		name: 'buttons',
		type: 'fixedCollection',
		noDataExpression: true,
		typeOptions: { multipleValues: true, sortable: true, maxAllowedFields: 3 },
		placeholder: 'Add Button',
		displayOptions: { show: { content: ['message'] } },
		default: {},
		description: 'The first stands out. One without an address closes the message.',
		options: [
			{
				displayName: 'Button',
				name: 'values',
				values: [
					{ displayName: 'Label', name: 'label', type: 'string', default: '', placeholder: 'e.g. Shop the sale', description: 'With Liquid' },
					{ displayName: 'Leads To', name: 'url', type: 'string', default: '', placeholder: 'e.g. https://shop.example.com/sale', description: 'Address (http or https), with Liquid. Empty: the button closes the message.' },
				],
			},
		],
	},
	{
		displayName: 'Asks For',
		name: 'formFields',
		type: 'multiOptions',
		noDataExpression: true,
		displayOptions: ofForm,
		options: [
			{ name: 'Email', value: 'email' },
			{ name: 'First Name', value: 'firstName' },
			{ name: 'Phone', value: 'phone' },
		],
		default: ['email'],
		description: 'What is to be filled in: an email address (consent to email), a phone number (consent to SMS), or both',
	},
	text('Consent Text', 'consentText', { displayOptions: ofForm, typeOptions: { rows: 2 }, placeholder: 'e.g. I want news by email, about twice a month.', description: 'What people agree to by a tick. Kept with the consent as its proof.' }),
	{
		displayName: 'Without a consent text nothing proves what people agreed to. Write it before you publish this form.',
		name: 'consentNotice',
		type: 'notice',
		displayOptions: { show: { content: ['form'], consentText: [''] } },
		default: '',
	},
	text('Consent Topics', 'formTopics', { displayOptions: ofForm, placeholder: 'e.g. news, offers', description: 'What they join, with commas between them. Empty: the channel as a whole.' }),
	{
		displayName: 'Consent is pending until the person confirms. For the mail that asks them, publish a journey that starts with the event Double Opt-In Requested and sends a transactional Journey Email with {{ links.confirmUrl }}.',
		name: 'formNotice',
		type: 'notice',
		displayOptions: ofForm,
		default: '',
	},
	text('Submit Label', 'submitLabel', { displayOptions: ofForm, placeholder: 'e.g. Join the list', description: 'On the button. Empty: Send, in the language of the page.' }),
	text('Thanks', 'formThanks', { displayOptions: ofForm, default: 'Almost there: please confirm in the mail that we have just sent you.', ...thanks }),
	text('Question', 'question', { displayOptions: ofSurvey, default: 'How likely are you to recommend us to a friend?', placeholder: 'e.g. How happy are you with your order?', description: `The one question. ${LIQUID}.` }),
	{
		displayName: 'Scale',
		name: 'scale',
		type: 'options',
		noDataExpression: true,
		displayOptions: ofSurvey,
		options: [
			{ name: 'Choice', value: 'choice', description: 'One of your own answers' },
			{ name: 'CSAT (5 Faces)', value: 'csat', description: 'Satisfaction, 1 to 5' },
			{ name: 'NPS (0 to 10)', value: 'nps', description: 'Net Promoter Score' },
			{ name: 'Stars', value: 'stars', description: '1 to 5' },
			{ name: 'Thumbs', value: 'thumbs', description: 'Up (1) or down (0)' },
		],
		default: 'nps',
		description: 'How it is answered',
	},
	text('Answers', 'choices', { displayOptions: { show: { content: ['survey'], scale: ['choice'] } }, typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Answer' }, default: [], placeholder: 'e.g. Green', description: 'What can be chosen, with Liquid' }),
	text('Label of the Lowest', 'lowLabel', { displayOptions: { show: { content: ['survey'], scale: ['nps', 'csat'] } }, placeholder: 'e.g. Not at all', description: 'Below the lowest answer, with Liquid' }),
	text('Label of the Highest', 'highLabel', { displayOptions: { show: { content: ['survey'], scale: ['nps', 'csat'] } }, placeholder: 'e.g. Very likely', description: 'Below the highest answer, with Liquid' }),
	text('Follow-Up Question', 'followUp', { displayOptions: ofSurvey, placeholder: 'e.g. What is the main reason for your score?', description: 'Asked after the answer, with room for words. Empty: not asked.' }),
	text('Thanks', 'surveyThanks', { displayOptions: ofSurvey, default: 'Thank you!', ...thanks }),
];
