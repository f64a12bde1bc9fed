import type { IDisplayOptions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { nameLocator } from '../../../shared/fields/locator';

export type About = 'profiles' | 'events';

const NO_PRESET: INodePropertyOptions = { name: 'Any CSV or NDJSON File', value: 'none', description: 'A file of your own, or one that this node has exported' };

const PRESETS: Record<About, INodePropertyOptions[]> = {
	profiles: [
		NO_PRESET,
		{ name: 'Klaviyo Profiles', value: 'klaviyo', description: 'Export of a list or segment, with the consent columns' },
		{ name: 'Klaviyo Suppressions', value: 'klaviyo-suppressions', description: 'Export of suppressed profiles; every row is an address that is not written to' },
		{ name: 'Mailchimp Audience', value: 'mailchimp', description: 'Each file of an audience export: subscribed, unsubscribed, cleaned, nonsubscribed' },
		{ name: 'Mautic Contacts', value: 'mautic', description: 'Export of contacts, or of the report Do Not Contact' },
		{ name: 'Shopify Customers', value: 'shopify-customers', description: 'Export of customers' },
		{ name: 'WooCommerce Customers', value: 'woocommerce-customers', description: 'Download of Analytics: Customers, or an export suite\'s file' },
	],
	events: [
		NO_PRESET,
		{ name: 'Shopify Orders', value: 'shopify-orders', description: 'Export of orders; each becomes Order Completed' },
		{ name: 'WooCommerce Orders', value: 'woocommerce-orders', description: 'An export suite\'s orders; each becomes Order Completed' },
	],
};

const USES: Record<About, INodePropertyOptions[]> = {
	profiles: [
		{ name: 'Attribute', value: 'attribute', description: 'Kept on the profile' },
		{ name: 'Consent', value: 'consent', description: 'Subscribed, unsubscribed, pending, yes or no' },
		{ name: 'Consent: IP Address', value: 'proof:ip', description: 'From which the consent was given; stored only where the settings allow it' },
		{ name: 'Consent: Source', value: 'proof:source', description: 'Where the consent was given: a form, a page' },
		{ name: 'Consent: Text Version', value: 'proof:textVersion', description: 'Which version of the wording was agreed to' },
		{ name: 'Consent: Time', value: 'proof:at', description: 'When the consent was given; it proves it and never decides which state counts' },
		{ name: 'Identity', value: 'identity', description: 'Finds the profile' },
		{ name: 'Nothing', value: 'skip', description: 'The column is left out' },
		{ name: 'Suppression', value: 'suppression', description: 'Anything but no and false keeps the address from being written to' },
	],
	events: [
		{ name: 'Attribute', value: 'attribute', description: 'Kept on the profile' },
		{ name: 'Event Name', value: 'event:name', description: 'What happened' },
		{ name: 'Identity', value: 'identity', description: 'Finds the profile' },
		{ name: 'Message ID', value: 'event:messageId', description: 'An event with an ID that came before is taken once only' },
		{ name: 'Nothing', value: 'skip', description: 'The column is left out' },
		{ name: 'Property', value: 'property', description: 'Kept on the event' },
		{ name: 'Time', value: 'event:timestamp', description: 'When it happened' },
	],
};

const MODE_FIELDS: Record<About, INodeProperties> = {
	profiles: {
		displayName: 'Mode',
		name: 'mode',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Create Only', value: 'create', description: 'Rows of people who are known are skipped' },
			{ name: 'Create or Update', value: 'upsert', description: 'Create a new record, or update the current one if it already exists (upsert)' },
			{ name: 'Update Only', value: 'update', description: 'Rows of people who are not known are skipped' },
		],
		default: 'upsert',
		description: 'Which rows are taken',
	},
	events: {
		displayName: 'Mode',
		name: 'mode',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'For Everybody', value: 'all', description: 'People who are not known are made' },
			{ name: 'For Known People Only', value: 'known', description: 'Rows of others are skipped' },
		],
		default: 'all',
		description: 'Which rows are taken',
	},
};

/** The fields of an import, of people or of events. */
export function importFields(displayOptions: IDisplayOptions, about: About): INodeProperties[] {
	return [
		{
			displayName: 'Input Binary Field',
			name: 'binaryProperty',
			type: 'string',
			displayOptions,
			required: true,
			default: 'data',
			placeholder: 'e.g. data',
			hint: 'The name of the input field containing the file',
			description: 'Binary field with a CSV file whose first line names the columns, or an NDJSON file with an object a line. It is read as a stream, so its size does not matter.',
		},
		{
			displayName: 'File From',
			name: 'preset',
			type: 'options',
			noDataExpression: true,
			displayOptions,
			options: PRESETS[about],
			default: 'none',
			description: 'Whose export it is. Its columns are then known, consent and suppressions included.',
		},
		{ ...MODE_FIELDS[about], displayOptions },
		{
			displayName: 'Dry Run',
			name: 'dryRun',
			type: 'boolean',
			displayOptions,
			default: false,
			description: 'Whether to store nothing and only give the report that the import would give',
		},
		columnsField(displayOptions, about),
		{
			displayName: 'Rejected Rows',
			name: 'rejectedAs',
			type: 'options',
			noDataExpression: true,
			displayOptions,
			options: [
				{ name: 'CSV File', value: 'file', description: 'All of them as a binary file with line and reason, on the report' },
				{ name: 'In the Report', value: 'list', description: 'As a list in the one item that comes out; the first 1,000' },
				{ name: 'NDJSON File', value: 'ndjson', description: 'All of them as a binary file, an object with line and reason each' },
				{ name: 'One Item Each', value: 'items', description: 'After the report, one item for each rejected row; the first 1,000' },
			],
			default: 'list',
			description: 'How the rows that could not be taken come out. All are counted.',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add Option',
			displayOptions,
			default: {},
			options: [
				...(about === 'profiles' ? [consentOption] : []),
				{
					displayName: 'Delimiter',
					name: 'delimiter',
					type: 'string',
					default: '',
					placeholder: 'e.g. ;',
					description: 'Character between the columns of a CSV file. Empty: comma, semicolon, tab or bar, found out by the first line.',
				},
				{
					displayName: 'Encoding',
					name: 'encoding',
					type: 'string',
					default: '',
					placeholder: 'e.g. windows-1252',
					description: 'Encoding of the file. Empty: UTF-8, or UTF-16 by its mark.',
				},
				...(about === 'events' ? [eventOption] : []),
				{
					displayName: 'Output Field of the File',
					name: 'outputBinaryProperty',
					type: 'string',
					default: 'rejected',
					placeholder: 'e.g. rejected',
					description: 'Binary field for the file with rejected rows',
				},
				nameLocator({
					displayName: 'Source', name: 'source', list: 'searchSources', typed: 'By Name', placeholder: 'e.g. crm-export',
					description: 'Where the data comes from; kept with the change. Empty: the system that the file is from, else import.',
				}),
				{
					displayName: 'Start Journeys',
					name: 'startJourneys',
					type: 'boolean',
					default: false,
					description: 'Whether people who qualify by this import enter journeys, and so may get mail. Executing in the editor never starts one.',
				},
				{
					displayName: 'Test People',
					name: 'test',
					type: 'boolean',
					default: false,
					description: 'Whether the profiles made here are test people, who may run on the virtual clock of a journey',
				},
			],
		},
	];
}

const consentOption: INodeProperties = {
	displayName: 'Consent',
	name: 'consent',
	type: 'options',
	options: [
		{ name: 'Pending', value: 'pending' },
		{ name: 'Subscribed', value: 'subscribed' },
		{ name: 'Unsubscribed', value: 'unsubscribed' },
	],
	default: 'subscribed',
	description: 'Consent to email for rows that say nothing about it. Nobody who has opted out here is subscribed by it.',
};

const eventOption = nameLocator({ displayName: 'Event Name', name: 'event', list: 'searchEvents', placeholder: 'e.g. Order Completed', description: 'Name of the event for rows that give none' });

function columnsField(displayOptions: IDisplayOptions, about: About): INodeProperties {
	return {
		displayName: 'Columns',
		name: 'columns',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Column',
		displayOptions,
		default: {},
		description: about === 'profiles'
			? 'How columns are used. Those not listed follow their header: email, phone, userId and the like identify the person, all others become attributes.'
			: 'How columns are used. Those not listed follow their header: email, userId and the like identify the person; event, timestamp and messageId are those of the event; all others become properties.',
		options: [
			{
				displayName: 'Column',
				name: 'values',
				values: [
					{
						displayName: 'Header',
						name: 'header',
						type: 'string',
						default: '',
						placeholder: 'e.g. E-Mail Address',
						description: 'Name of the column in the first line of the file, or of the key in an NDJSON line',
					},
					{
						displayName: 'Use As',
						name: 'use',
						type: 'options',
						options: USES[about],
						default: 'attribute',
						description: 'What the column is for',
					},
					nameLocator({
						displayName: 'Name', name: 'name', list: 'searchColumnNames', typed: 'By Name', placeholder: 'e.g. firstName',
						description: 'Name of the attribute or property, or kind of identity (email, phone, user_id or one of your own). Empty: the header. For consent and suppression the channel, with a topic after a colon if wanted (email:news). Empty: email.',
					}),
				],
			},
		],
	};
}
