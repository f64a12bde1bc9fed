import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

import { CHANNEL_OPTIONS, nameIn, nameLocator } from '../../../shared/fields';
import { alerts } from './alerts';
import { warmUps } from './warmUps';

/** A setting in the panel: its field, and how the field's value becomes the setting's. The field shows the setting's default. */
export interface SettingField {
	field: INodeProperties;
	read(value: unknown): unknown;
}

const asIs = (value: unknown): unknown => value;
const lines = (value: unknown): string[] => String(value ?? '').split(/[\n,]/).map((entry) => entry.trim()).filter((entry) => entry !== '');
const rows = (value: unknown): Array<Record<string, unknown>> => ((value as { rows?: Array<Record<string, unknown>> } | undefined)?.rows ?? []);
const numbers = (key: string, number: string) => (value: unknown): Record<string, unknown> => Object.fromEntries(rows(value).map((row) => [nameIn(row[key]), row[number]]));

/** Rows of one kind add up: of two, the first would be lost without a word. */
function joined(lists: Array<[string, string[]]>): Record<string, string[]> {
	const byKind = new Map<string, string[]>();
	for (const [kind, values] of lists) byKind.set(kind, [...(byKind.get(kind) ?? []), ...values]);
	return Object.fromEntries(byKind);
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { minutes: 60, hours: 3_600, days: 86_400 };

const cap: SettingField = {
	// What is no number is left for the engine to refuse, which says what to write.
	read: (value) => rows(value).map(({ channel, max, within, unit }) => ({ channel, max, perSeconds: Math.round(Number(within) * (UNIT_SECONDS[String(unit)] ?? Number.NaN)) })),
	field: {
		displayName: 'Frequency Caps',
		name: 'caps',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Cap',
		default: { rows: [{ channel: 'all', max: 2, within: 24, unit: 'hours' }, { channel: 'all', max: 7, within: 7, unit: 'days' }] },
		description: 'How many messages a person gets at most within any such time. Remove all rows for no cap.',
		options: [
			{
				displayName: 'Cap',
				name: 'rows',
				values: [
					{ displayName: 'Channel', name: 'channel', type: 'options', options: [{ name: 'All Channels Together', value: 'all' }, ...CHANNEL_OPTIONS], default: 'all', description: 'Whose messages are counted and held back' },
					{ displayName: 'At Most', name: 'max', type: 'number', typeOptions: { minValue: 1 }, default: 2, description: 'How many messages' },
					{ displayName: 'Within', name: 'within', type: 'number', typeOptions: { minValue: 1 }, default: 24, description: 'Length of the time, which moves along: 24 hours means in any 24 hours' },
					{
						displayName: 'Unit',
						name: 'unit',
						type: 'options',
						options: [{ name: 'Days', value: 'days' }, { name: 'Hours', value: 'hours' }, { name: 'Minutes', value: 'minutes' }],
						default: 'hours',
						description: 'Unit of the time; a day is any 24 hours, no calendar day',
					},
				],
			},
		],
	},
};

const quietHours: SettingField = {
	read: (value) => {
		const { hours } = (value ?? {}) as { hours?: { active?: boolean; from?: string; to?: string } };
		return hours === undefined || hours.active === false ? null : { from: hours.from ?? '21:00', to: hours.to ?? '08:00' };
	},
	field: {
		displayName: 'Quiet Hours',
		name: 'quietHours',
		type: 'fixedCollection',
		default: { hours: { active: true, from: '21:00', to: '08:00' } },
		placeholder: 'Add Quiet Hours',
		description: 'When nothing is sent, by the clock where the person is; it is held until the end',
		options: [
			{
				displayName: 'Quiet Hours',
				name: 'hours',
				values: [
					{ displayName: 'Active', name: 'active', type: 'boolean', default: true, description: 'Whether there are quiet hours at all' },
					{ displayName: 'From', name: 'from', type: 'string', default: '21:00', placeholder: 'e.g. 21:00', description: 'Begin, on the 24-hour clock' },
					{ displayName: 'To', name: 'to', type: 'string', default: '08:00', placeholder: 'e.g. 08:00', description: 'End, on the 24-hour clock; earlier than the begin means the next morning' },
				],
			},
		],
	},
};

const blackoutDates: SettingField = {
	read: (value) => rows(value).map(({ date, name }) => ({ date, ...(name === '' ? {} : { name }) })),
	field: {
		displayName: 'Blackout Dates',
		name: 'blackoutDates',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Date',
		default: {},
		description: 'Days on which nothing is sent, by the calendar where the person is',
		options: [
			{
				displayName: 'Date',
				name: 'rows',
				values: [
					{ displayName: 'Date', name: 'date', type: 'string', default: '', placeholder: 'e.g. 12-25', description: 'MM-DD for every year, YYYY-MM-DD for once' },
					{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. Christmas', description: 'Shown as the reason' },
				],
			},
		],
	},
};

const topics: SettingField = {
	read: (value) => rows(value).map(({ key, name, description, channels }) => ({ key, name: name === '' ? key : name, ...(description === '' ? {} : { description }), ...(lines(channels).length === 0 ? {} : { channels: lines(channels) }) })),
	field: {
		displayName: 'Topics',
		name: 'topics',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Topic',
		default: {},
		description: 'What people can subscribe to and leave by itself in the preference centre',
		options: [
			{
				displayName: 'Topic',
				name: 'rows',
				values: [
					{ displayName: 'Key', name: 'key', type: 'string', default: '', placeholder: 'e.g. newsletter', description: 'As written in the field Topic of a sender' },
					{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. Newsletter', description: 'As people read it' },
					{ displayName: 'Description', name: 'description', type: 'string', default: '', placeholder: 'e.g. Once a month', description: 'Shown to people below the name' },
					{ displayName: 'Channels', name: 'channels', type: 'multiOptions', options: CHANNEL_OPTIONS, default: [], description: 'Channels that the topic is sent on. Empty: every channel.' },
				],
			},
		],
	},
};

/** In the order in which one fills them in. */
const senderFields: INodeProperties[] = [
	{ displayName: 'Key', name: 'key', type: 'string', default: '', placeholder: 'e.g. news', description: 'What the sender is chosen by' },
	{ displayName: 'Channel', name: 'channel', type: 'options', options: CHANNEL_OPTIONS, default: 'email', description: 'Channel of the address' },
	{ displayName: 'Address', name: 'address', type: 'string', default: '', placeholder: 'e.g. news@example.com', description: 'Address or number that messages come from' },
	{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. Anna from Example', description: 'Name that people see' },
	{ displayName: 'Reply To', name: 'replyTo', type: 'string', default: '', placeholder: 'e.g. help@example.com', description: 'Address that answers go to' },
];

const senders: SettingField = {
	read: (value) => rows(value).map(({ key, channel, address, name, replyTo }) => ({ key, channel, address, ...(name === '' ? {} : { name }), ...(replyTo === '' ? {} : { replyTo }) })),
	field: {
		displayName: 'Senders',
		name: 'senders',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Sender',
		default: {},
		description: 'Who messages come from, to be chosen in a sender such as Journey Email. The first of a channel is the one where neither the step nor its credential names one.',
		options: [
			{
				displayName: 'Sender',
				name: 'rows',
				values: senderFields,
			},
		],
	},
};

const holdout: SettingField = {
	read: (percent) => ({ percent }),
	field: {
		displayName: 'Holdout (%)',
		name: 'holdout',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 100, numberPrecision: 2 },
		default: 0,
		description: 'Part of all people whom no journey sends marketing, the same ones in every journey, so that goals show what messages are worth',
	},
};

const retention: SettingField = {
	read: numbers('event', 'days'),
	field: {
		displayName: 'Retention of Events',
		name: 'retention',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Event',
		default: {},
		description: 'After how many days events of a name are deleted. An event that is not here is kept for ever.',
		options: [
			{
				displayName: 'Event',
				name: 'rows',
				values: [
					nameLocator({ displayName: 'Event', name: 'event', list: 'searchEvents', placeholder: 'e.g. Page Viewed', description: 'Name of the event; by name, * for every other' }),
					{ displayName: 'Days', name: 'days', type: 'number', typeOptions: { minValue: 1 }, default: 365, description: 'How many days events of this name are kept' },
				],
			},
		],
	},
};

const identityLimits: SettingField = {
	read: numbers('kind', 'most'),
	field: {
		displayName: 'Identity Limits',
		name: 'identityLimits',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Limit',
		default: { rows: [{ kind: '*', most: 5 }] },
		description: 'How many identities of a kind one person may have; a user ID is always one',
		options: [
			{
				displayName: 'Limit',
				name: 'rows',
				values: [
					{ displayName: 'Kind', name: 'kind', type: 'string', default: '', placeholder: 'e.g. email', description: 'Kind of identity; * for every other' },
					{ displayName: 'At Most', name: 'most', type: 'number', typeOptions: { minValue: 1 }, default: 5, description: 'How many of it one person may have' },
				],
			},
		],
	},
};

const blockedIdentities: SettingField = {
	read: (value) => joined(rows(value).map(({ kind, values }) => [String(kind ?? '').trim(), lines(values)])),
	field: {
		displayName: 'Blocked Identities',
		name: 'blockedIdentities',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Kind',
		default: {},
		description: 'Values that are nobody in particular, beside the usual ones such as 0, null and anonymous: they make no person, and a blocked address gets no mail',
		options: [
			{
				displayName: 'Kind',
				name: 'rows',
				values: [
					{ displayName: 'Kind', name: 'kind', type: 'string', default: '', placeholder: 'e.g. email', description: 'Kind of identity; * for every kind' },
					{ displayName: 'Values', name: 'values', type: 'string', typeOptions: { rows: 3 }, default: '', placeholder: 'e.g. test@example.com', description: 'Values that are refused, one a line or with commas in between' },
				],
			},
		],
	},
};

function text(name: string, displayName: string, initial: string, placeholder: string, description: string, read: SettingField['read'] = asIs): SettingField {
	return { read, field: { displayName, name, type: 'string', default: initial, placeholder, description } };
}

function number(name: string, displayName: string, initial: number, minValue: number, description: string): SettingField {
	return { read: asIs, field: { displayName, name, type: 'number', typeOptions: { minValue }, default: initial, description } };
}

interface SettingGroup {
	name: string;
	displayName: string;
	description: string;
	fields: SettingField[];
}

export const GROUPS: SettingGroup[] = [
	{
		name: 'frequencyGroup', displayName: 'Frequency and Quiet Hours', description: 'When and how often people are written to',
		fields: [
			{
				read: asIs,
				field: {
					displayName: 'Apply To',
					name: 'guardedPurposes',
					type: 'options',
					options: [
						{ name: 'All Messages', value: 'all', description: 'An order confirmation may then wait until the morning' },
						{ name: 'Marketing', value: 'marketing', description: 'Transactional messages always leave at once' },
					],
					default: 'marketing',
					description: 'Whose messages caps, quiet hours and blackout dates hold back',
				},
			},
			blackoutDates, cap,
			number('holdAtMostHours', 'Hold at Most (Hours)', 36, 0, 'What would have to wait longer for quiet hours to end is skipped. A sender can have its own.'),
			holdout,
			quietHours,
		],
	},
	{
		name: 'placeGroup', displayName: 'Place and Language', description: 'What holds for people of whom nothing better is known',
		fields: [
			text('currency', 'Currency', 'USD', 'e.g. EUR', 'Of a Journey Goal whose value comes without one, as a code of three letters'),
			text('defaultCountry', 'Default Country', '', 'e.g. DE', 'Of phone numbers without a country code, as a code of two letters. Empty: such numbers are refused.'),
			text('languages', 'Languages', 'en', 'e.g. en, de', 'Of the pages that people see, with commas in between; the first is the one for people whose own is not known', lines),
			text('zone', 'Time Zone', 'UTC', 'e.g. Europe/Berlin', 'Of people whose own is not known, as a name of the IANA list'),
		],
	},
	{ name: 'alertsGroup', displayName: 'Alerts', description: 'When a journey calls for attention, and when it pauses itself', fields: [alerts] },
	{ name: 'sendersGroup', displayName: 'Topics and Senders', description: 'What people subscribe to, and who writes to them', fields: [senders, text('testAddresses', 'Test Addresses', '', 'e.g. me@shop.example, +49 170 1234567', 'Where tests of templates may go besides to test people: email addresses, phone numbers and IDs of chat services, with commas in between', lines), topics, warmUps] },
	{
		name: 'collectorGroup', displayName: 'Links and Collector', description: 'Where links lead, and who may send events',
		fields: [
			number('behindAfter', 'Events Waiting at Most', 20000, 1, 'When more events than this wait to be stored, the collector asks senders to come again later (429)'),
			text('corsOrigins', 'Origins of Websites', '*', 'e.g. https://shop.example.com', 'Websites whose visitors may send events from the browser, with commas in between; * for any', lines),
			text('pushServices', 'Push Services', '', 'e.g. push.example.com', 'Hosts of push services that web push may go to, with commas in between, besides those of Chrome, Edge, Firefox and Safari', lines),
			text('publicUrl', 'Tracking Address', '', 'e.g. https://links.example.com', 'Where links in messages lead, when it is another address than the collector\'s own. Empty: the collector\'s.'),
		],
	},
	{
		name: 'dataGroup', displayName: 'Data and Identities', description: 'What is kept, and what finds a person',
		fields: [
			blockedIdentities,
			number('executionDays', 'Executions Noted (Days)', 14, 0, 'How long it is noted which executions of n8n read or wrote whom, for the report of an erasure: as long as n8n keeps them (EXECUTIONS_DATA_MAX_AGE, in hours there). 0: not at all.'),
			identityLimits, retention,
			{ read: asIs, field: { displayName: 'Store IP Addresses', name: 'storeIps', type: 'boolean', default: false, description: 'Whether the IP address of a request may be kept with an event or a consent' } },
		],
	},
];

/** One collection a group: only what is added changes. */
export function groupFields(displayOptions: IDisplayOptions): INodeProperties[] {
	return GROUPS.map(({ name, displayName, description, fields }) => ({
		displayName, name, type: 'collection', displayOptions, placeholder: 'Add Setting', default: {}, description,
		options: fields.map(({ field }) => field),
	}));
}
