import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, PreferenceChange } from '../../../../engine';
import { sourceOr } from '../../../shared/source';
import { inCalls, readItems, reported, writtenItems } from '../batch';
import { identityFields, identityOf } from '../identity';
import { instantOf } from '../instant';
import { SOURCE_OPTION } from './topic';

const displayOptions = { show: { resource: ['consent'], operation: ['setPreferences'] } };

interface Given {
	language?: string;
	maxPerWeek?: unknown;
	pauseDays?: unknown;
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

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const read = readItems(this, (index) => changeOf(this, index));
	const { rows, rejected } = await inCalls(this, read, async (part) => reported(await engine.preferences.set(part)));
	return writtenItems(this, read, { profiles: rows, rejected });
}

function changeOf(context: IExecuteFunctions, index: number): PreferenceChange {
	const { language, maxPerWeek, pauseDays, pausedUntil = '', source } = context.getNodeParameter('preferences', index, {}) as Given;
	if (pauseDays !== undefined && pausedUntil !== '') {
		throw new NodeOperationError(context.getNode(), 'The pause is given twice', { itemIndex: index, description: "Keep 'Pause for Days' or 'Pause Until' and remove the other." });
	}
	return {
		whose: identityOf(context, index),
		source: sourceOr(context, source, 'node'),
		...(language === undefined ? {} : { language: String(language).trim() || null }),
		...(maxPerWeek === undefined ? {} : { maxPerWeek: numberIn(context, maxPerWeek, 'Messages a Week at Most', index) || null }),
		...(pauseDays === undefined ? {} : { pauseDays: numberIn(context, pauseDays, 'Pause for Days', index) }),
		...(pausedUntil === '' ? {} : { pausedUntil: instantOf(context, pausedUntil, 'Pause Until', index) }),
	};
}

/** What is empty or no number must not be taken for 0, which takes away what the person chose. */
function numberIn(context: IExecuteFunctions, value: unknown, field: string, itemIndex: number): number {
	const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
	if (Number.isFinite(number)) return number;
	throw new NodeOperationError(context.getNode(), `'${field}' is no number`, {
		itemIndex,
		description: `Check the expression in '${field}', or filter out items without a value before this node. 0 takes away what the person chose.`,
	});
}
