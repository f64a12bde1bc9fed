import type { INodeProperties } from 'n8n-workflow';

import { batchSizeField, holdingFields, nameLocator, purposeField, settingsInForceField, topicField } from '../shared/fields';

const { holdAtMost, whenCapped } = holdingFields('message', 'Not Sent');

/** First: they decide what else there is. */
export const showingFields: INodeProperties[] = [
	{
		displayName: 'Kind',
		name: 'kind',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Banner', value: 'banner', description: 'A bar at the top or bottom of the window' },
			{ name: 'Inbox', value: 'inbox', description: 'Stays behind the bell of the page (data-journeys-inbox) until it is dismissed or expires' },
			{ name: 'Inline', value: 'inline', description: 'In a place that the page keeps free for it (data-journeys-slot)' },
			{ name: 'Modal', value: 'modal', description: 'In the middle, the page behind it dimmed' },
			{ name: 'Slide-In', value: 'slideIn', description: 'A card in a lower corner' },
		],
		default: 'slideIn',
		description: 'Where it stands. Shown by the snippet of Journey Collector Trigger, with data-onsite.',
	},
	{
		displayName: 'Place on the Page',
		name: 'slot',
		type: 'string',
		noDataExpression: true,
		displayOptions: { show: { kind: ['inline'] } },
		default: '',
		placeholder: 'e.g. home-hero',
		description: 'Name of the place: <code>&lt;div data-journeys-slot="home-hero"&gt;&lt;/div&gt;</code> in the page',
	},
	{
		displayName: 'Position',
		name: 'edge',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { kind: ['banner'] } },
		options: [{ name: 'Bottom', value: 'bottom' }, { name: 'Top', value: 'top' }],
		default: 'top',
		description: 'At which edge of the window',
	},
	{
		displayName: 'Position',
		name: 'corner',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { kind: ['slideIn'] } },
		options: [
			{ name: 'Where a Line Begins', value: 'start', description: 'Left, in languages that are written from the left' },
			{ name: 'Where a Line Ends', value: 'end', description: 'Right, in languages that are written from the left' },
		],
		default: 'end',
		description: 'In which corner',
	},
];

/** One for the whole batch: sending.ts says why these take no expression. */
export const audienceFields: INodeProperties[] = [purposeField('Not shown to people who unsubscribed from on-site messages'), topicField('on-site messages as a whole')];

const onPages = { hide: { kind: ['inbox'] } };
/** What stands in a place of its own stays there. */
const overlaid = { hide: { kind: ['inbox', 'inline'] } };

export const whereFields: INodeProperties[] = [
	{
		displayName: 'Show When',
		name: 'trigger',
		type: 'options',
		noDataExpression: true,
		displayOptions: onPages,
		options: [
			{ name: 'After Some Seconds', value: 'delay', description: 'On the page' },
			{ name: 'An Event Happens', value: 'event', description: 'One that the page tracks' },
			{ name: 'At Once', value: 'load', description: 'As soon as the page is there' },
			{ name: 'Scrolled Down', value: 'scroll', description: 'So much of the page' },
			{ name: 'The Pointer Leaves', value: 'exit', description: 'Towards the top of the window, as to close it. Phones have none.' },
		],
		default: 'load',
		description: 'What has to happen on the page',
	},
	{ displayName: 'Seconds', name: 'seconds', type: 'number', noDataExpression: true, typeOptions: { minValue: 1, maxValue: 3600 }, displayOptions: { show: { trigger: ['delay'] }, ...onPages }, default: 10, description: 'Since the page was opened' },
	{ displayName: 'Percent', name: 'percent', type: 'number', noDataExpression: true, typeOptions: { minValue: 1, maxValue: 100 }, displayOptions: { show: { trigger: ['scroll'] }, ...onPages }, default: 50, description: 'How much of the page has been scrolled through' },
	{
		...nameLocator({ displayName: 'Event', name: 'eventName', list: 'searchEvents', placeholder: 'e.g. Product Viewed', description: 'As the page tracks it', displayOptions: { show: { trigger: ['event'] }, ...onPages } }),
		noDataExpression: true,
	},
	{
		displayName: 'Only on Pages',
		name: 'urls',
		type: 'string',
		noDataExpression: true,
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Page' },
		displayOptions: onPages,
		default: [],
		placeholder: 'e.g. /checkout',
		description: 'A part of the address; * stands for anything. One of them must fit. None: on every page.',
	},
	{
		displayName: 'Not on Pages',
		name: 'notUrls',
		type: 'string',
		noDataExpression: true,
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Page' },
		displayOptions: onPages,
		default: [],
		placeholder: 'e.g. /legal',
		description: 'A part of the address; * stands for anything',
	},
	{ displayName: 'Priority', name: 'priority', type: 'number', noDataExpression: true, typeOptions: { minValue: 0, maxValue: 100, numberPrecision: 0 }, displayOptions: onPages, default: 50, description: 'Of several that fit, the one with the highest number is shown; of equal ones the oldest' },
	{ displayName: 'Times at Most', name: 'mostShows', type: 'number', noDataExpression: true, typeOptions: { minValue: 0, maxValue: 1000, numberPrecision: 0 }, displayOptions: overlaid, default: 3, description: 'How often it is shown until it is clicked, dismissed or answered. 0: as often as it fits.' },
	{ displayName: 'Hours Between', name: 'gapHours', type: 'number', noDataExpression: true, typeOptions: { minValue: 0, maxValue: 8760 }, displayOptions: overlaid, default: 24, description: 'After it was shown, it does not come again for so long. 0: at the next page.' },
	{ displayName: 'Expires After (Hours)', name: 'expiresAfterHours', type: 'number', noDataExpression: true, typeOptions: { minValue: 0.1, maxValue: 8760 }, default: 168, description: 'So long after it was sent it is not shown any more. 168 hours are a week.' },
];

/** Last, since inside a published journey it is not needed. */
export const recipientFields: INodeProperties[] = [
	{
		displayName: 'Contact Email',
		name: 'contactEmail',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.email }}',
		description: 'Only for items that do not come from a journey, for example rows of a sheet: the address finds the profile, or makes it. Inside a journey the person is known and this is not read.',
	},
];

export const optionFields: INodeProperties[] = [
	settingsInForceField(['caps', 'guardedPurposes', 'holdAtMostHours', 'holdout', 'publicUrl', 'topics']),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			{
				displayName: 'Any Browser',
				name: 'anyBrowser',
				type: 'boolean',
				noDataExpression: true,
				default: false,
				description: 'Whether people who are known by a user ID or address see it in any browser that says so, without the proof of your site (data-user-token). Only for texts without personal data.',
			},
			batchSizeField,
			{ displayName: 'Colour', name: 'accent', type: 'color', noDataExpression: true, default: '', description: 'Of the button that stands out. Empty: that of the snippet (data-color).' },
			holdAtMost,
			{
				displayName: 'Take Back on Exit',
				name: 'recall',
				type: 'boolean',
				noDataExpression: true,
				default: true,
				description: 'Whether it is not shown any more once the person was taken out of the journey before its end, for example because they have bought',
			},
			{
				displayName: 'Theme',
				name: 'theme',
				type: 'options',
				noDataExpression: true,
				options: [{ name: 'As the Person Has It', value: 'auto' }, { name: 'Dark', value: 'dark' }, { name: 'Light', value: 'light' }],
				default: 'auto',
				description: 'Light or dark',
			},
			whenCapped,
		],
	},
];
