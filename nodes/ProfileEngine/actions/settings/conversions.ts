import { MODEL_OPTIONS, nameIn, nameLocator, WINDOW_FIELDS } from '../../../shared/fields';
import type { SettingField } from './groups';

const PROPERTIES = ['value', 'currency', 'order', 'refund'] as const;

/** A table of events that count as conversions, in the order in which one fills it in. */
const conversions: SettingField = {
	read: (value) => ((value as { rows?: Array<Record<string, unknown>> } | undefined)?.rows ?? []).map((row) => {
		const event = nameIn(row.event);
		const name = String(row.name ?? '').trim();
		const given = PROPERTIES.map((key) => [key, nameIn(row[key])] as const).filter(([, text]) => text !== '');
		return { name: name === '' ? event : name, event, ...Object.fromEntries(given) };
	}),
	field: {
		displayName: 'Conversions',
		name: 'conversions',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Conversion',
		default: {},
		description: 'What people are to do in the end. Journey Control: Get Conversions tells which messages get credit for it, Explain for whom.',
		options: [
			{
				displayName: 'Conversion',
				name: 'rows',
				values: [
					{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. Orders', description: 'Under which results show it. Empty: the event.' },
					nameLocator({ displayName: 'Event', name: 'event', list: 'searchEvents', placeholder: 'e.g. Order Completed', description: 'What people do when they convert' }),
					{ displayName: 'Value Property', name: 'value', type: 'string', default: '', placeholder: 'e.g. total', description: 'Property of the event with what it is worth. Empty: only counted. Below 0 is a refund.' },
					{ displayName: 'Currency Property', name: 'currency', type: 'string', default: '', placeholder: 'e.g. currency', description: 'Property of the event with the currency. Where there is none, the one of these settings holds.' },
					{ displayName: 'Order Property', name: 'order', type: 'string', default: '', placeholder: 'e.g. order_id', description: 'Property of the event with the number of the order: an order that is told twice then counts once, and refunds find theirs' },
					nameLocator({ displayName: 'Refund Event', name: 'refund', list: 'searchEvents', placeholder: 'e.g. Order Refunded', description: 'Takes the order with the same number back: its value, or without one all of it' }),
				],
			},
		],
	},
};

const DEFAULTS = { model: 'last', clickDays: 7, openDays: 0, sentDays: 0, halfLifeDays: 7, onlyMarketing: false };

/** One setting of several: what is not added keeps to its default. */
const attribution: SettingField = {
	read: (value) => ({ ...((value ?? {}) as { rules?: Record<string, unknown> }).rules }),
	field: {
		displayName: 'Attribution',
		name: 'attribution',
		type: 'fixedCollection',
		default: { rules: DEFAULTS },
		placeholder: 'Add Attribution',
		description: 'Which messages get how much of a conversion, where a question does not say otherwise',
		options: [
			{
				displayName: 'Attribution',
				name: 'rules',
				values: [{ displayName: 'Model', name: 'model', type: 'options', options: MODEL_OPTIONS, default: 'last', description: 'Which of the messages before a conversion get how much of it' }, ...WINDOW_FIELDS],
			},
		],
	},
};

export const conversionSettings: SettingField[] = [attribution, conversions];
