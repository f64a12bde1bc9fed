import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, PreferenceChange } from '../../../../engine';
import { readItems, writtenItems } from '../batch';
import { identityFields, identityOf } from '../identity';
import { instantOf } from '../instant';
import { SOURCE_OPTION } from './topic';

const displayOptions = { show: { resource: ['consent'], operation: ['setPreferences'] } };

interface Given {
	language?: string;
	maxPerWeek?: number;
	pauseDays?: number;
	pausedUntil?: string;
	source?: string;
}

export const description: INodeProperties[] = [
	...identityFields(displayOptions, 'that prefers it'),
	{
		displayName: 'Preferences',
		name: 'preferences',
		type: 'collection',
		placeholder: 'Add Preference',
		displayOptions,
		default: {},
		description: 'What is added changes, everything else stays. It is about marketing; transactional messages are never held by it.',
		options: [
			{
				displayName: 'Language',
				name: 'language',
				type: 'string',
				default: '',
				placeholder: 'e.g. de',
				description: 'Language of messages and pages, as a tag such as en, de or pt-BR. Empty: forget it.',
			},
			{
				displayName: 'Messages a Week at Most',
				name: 'maxPerWeek',
				type: 'number',
				typeOptions: { minValue: 0, maxValue: 100, numberPrecision: 0 },
				default: 1,
				description: 'Over all channels, in any seven days. 0: no limit of their own.',
			},
			{
				displayName: 'Pause for Days',
				name: 'pauseDays',
				type: 'number',
				typeOptions: { minValue: 0, maxValue: 365 },
				default: 30,
				description: 'From now on. 0: end the pause.',
			},
			{
				displayName: 'Pause Until',
				name: 'pausedUntil',
				type: 'dateTime',
				default: '',
				description: 'Instead of a number of days. Without an offset in the time zone of the workflow.',
			},
			SOURCE_OPTION,
		],
	},
];

/** All items in one engine call. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const read = readItems(this, (index) => changeOf(this, index));
	return writtenItems(this, read, await engine.preferences.set(read.values));
}

function changeOf(context: IExecuteFunctions, index: number): PreferenceChange {
	const { language, maxPerWeek, pauseDays, pausedUntil = '', source } = context.getNodeParameter('preferences', index, {}) as Given;
	if (pauseDays !== undefined && pausedUntil !== '') {
		throw new NodeOperationError(context.getNode(), 'The pause is given twice', { itemIndex: index, description: "Keep 'Pause for Days' or 'Pause Until' and remove the other." });
	}
	return {
		whose: identityOf(context, index),
		source: source || 'node',
		...(language === undefined ? {} : { language: String(language).trim() || null }),
		...(maxPerWeek === undefined ? {} : { maxPerWeek: Number(maxPerWeek) || null }),
		...(pauseDays === undefined ? {} : { pauseDays: Number(pauseDays) }),
		...(pausedUntil === '' ? {} : { pausedUntil: instantOf(context, pausedUntil, 'Pause Until', index) }),
	};
}
