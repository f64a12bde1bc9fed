import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

import { CHANNEL_OPTIONS, MODEL_OPTIONS, nameLocator, settingsInForceField, WINDOW_FIELDS } from '../../../shared/fields';
import { scopeFields } from '../scope';
import { triggerField } from '../triggerField';
import { stepField } from './stepField';

const displayOptions = { show: { resource: ['journey'], operation: ['conversions'] } };
const shown = (show: NonNullable<IDisplayOptions['show']>): IDisplayOptions => ({ show: { ...displayOptions.show, ...show } });
const byEvent = shown({ conversionFrom: ['event'] });
const credits = shown({ conversionOutput: ['credits'] });
const holdout = shown({ conversionOutput: ['holdout'] });

const property = (displayName: string, name: string, placeholder: string, description: string): INodeProperties => ({ displayName, name, type: 'string', displayOptions: byEvent, default: '', placeholder, description });

export const description: INodeProperties[] = [
	...scopeFields(displayOptions, { all: true }),
	{
		displayName: 'Conversion From',
		name: 'conversionFrom',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'Event', value: 'event', description: 'Whoever did an event' },
			{ name: 'Goal of the Journey', value: 'goal', description: 'Whoever reached a goal of the chosen journey' },
			{ name: 'Settings', value: 'settings', description: 'A conversion that Profile Engine: Settings name' },
		],
		default: 'settings',
		description: 'What counts as a conversion',
	},
	{
		displayName: 'Conversion Name or ID',
		name: 'conversion',
		type: 'options',
		typeOptions: { loadOptionsMethod: 'getConversions' },
		displayOptions: shown({ conversionFrom: ['settings'] }),
		required: true,
		default: '',
		description: 'One of those in Profile Engine: Settings, Conversions. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
	{
		displayName: 'Goal Name or ID',
		name: 'goal',
		type: 'options',
		typeOptions: { loadOptionsMethod: 'getGoals', loadOptionsDependsOn: ['scope', 'journey', 'workflowId'] },
		displayOptions: shown({ conversionFrom: ['goal'] }),
		default: '',
		description: 'Empty for any. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
	nameLocator({ displayName: 'Event', name: 'conversionEvent', list: 'searchEvents', required: true, displayOptions: byEvent, placeholder: 'e.g. Order Completed', description: 'What people do when they convert' }),
	property('Value Property', 'valueProperty', 'e.g. total', 'Property of the event with what it is worth. Empty: only counted.'),
	property('Currency Property', 'currencyProperty', 'e.g. currency', 'Property of the event with the currency. Empty: the currency in Profile Engine: Settings.'),
	property('Order Property', 'orderProperty', 'e.g. order_id', 'Property of the event with the number of the order, so that one that is told twice counts once. Refunds need it.'),
	nameLocator({ displayName: 'Refund Event', name: 'refundEvent', list: 'searchEvents', displayOptions: byEvent, placeholder: 'e.g. Order Refunded', description: 'Takes the order with the same number back. Empty: none.' }),
	{
		displayName: 'Output',
		name: 'conversionOutput',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'Credits of Messages', value: 'credits', description: 'Which messages get how much of the conversions, one item a group' },
			{ name: 'Held Out Against Others', value: 'holdout', description: 'Whether the journey makes people convert who otherwise would not have, one item' },
		],
		default: 'credits',
		description: 'What is asked of the conversions',
	},
	triggerField(holdout, 'the first'),
	{
		displayName: 'Group By',
		name: 'groupBy',
		type: 'multiOptions',
		noDataExpression: true,
		displayOptions: credits,
		options: [
			{ name: 'Channel', value: 'channel' },
			{ name: 'Day', value: 'day', description: 'Of the conversion, in the time zone of the settings' },
			{ name: 'Journey', value: 'journey' },
			{ name: 'Step', value: 'step' },
			{ name: 'Template', value: 'template' },
			{ name: 'Topic', value: 'topic' },
			{ name: 'Variant', value: 'variant' },
		],
		default: ['journey', 'step'],
		description: 'One item for each combination. None: one item for all messages.',
	},
	{
		displayName: 'Model',
		name: 'model',
		type: 'options',
		noDataExpression: true,
		displayOptions: credits,
		options: [{ name: 'As in Settings', value: 'settings', description: 'Profile Engine: Settings, Attribution; Last Touch unless it was changed' }, ...MODEL_OPTIONS],
		default: 'settings',
		description: 'Which of the messages before a conversion get how much of it',
	},
	stepField(credits, 'Only what messages of this step get'),
	{
		displayName: 'Options',
		name: 'conversionOptions',
		type: 'collection',
		placeholder: 'Add Option',
		displayOptions,
		default: {},
		description: 'Times, windows and filters. A window that is not added is that of Profile Engine: Settings, Attribution.',
		options: [
			{ displayName: 'Channel', name: 'channel', type: 'options', options: CHANNEL_OPTIONS, default: 'email', description: 'Only what messages of this channel get' },
			...WINDOW_FIELDS,
			{ displayName: 'Since', name: 'since', type: 'dateTime', default: '', description: 'Conversions at this time or later; of Held Out Against Others entries. Without it the last 30 days, of entries 90.' },
			{ displayName: 'Until', name: 'until', type: 'dateTime', default: '', description: 'Conversions before this time; of Held Out Against Others entries. Without it until now.' },
			{ displayName: 'Within (Days)', name: 'withinDays', type: 'number', typeOptions: { minValue: 0.01, maxValue: 365, numberPrecision: 2 }, default: 7, description: 'Of Held Out Against Others: how long after the entry a conversion counts. Who has not been in for so long is left out.' },
		],
	},
	settingsInForceField(['conversions', 'attribution', 'currency', 'zone'], displayOptions),
];
