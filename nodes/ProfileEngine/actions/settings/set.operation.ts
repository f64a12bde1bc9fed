import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, SettingsPatch, SettingsValues } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { groupFields, GROUPS } from './groups';
import { changeOptionsOf, ifVersionField, viewRow } from './version';

const displayOptions = { show: { resource: ['settings'], operation: ['set'] } };
const shown = (from: string): IDisplayOptions => ({ show: { ...displayOptions.show, settingsFrom: [from] } });

const NAMES = GROUPS.flatMap(({ fields }) => fields.map(({ field }) => ({ name: field.displayName, value: field.name })));

export const description: INodeProperties[] = [
	{
		displayName: 'Settings From',
		name: 'settingsFrom',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'Fields Below', value: 'fields', description: 'What is added below changes, everything else stays' },
			{ name: 'JSON', value: 'json', description: 'An object with the settings to change' },
		],
		default: 'fields',
		description: 'How the settings are given',
	},
	{
		displayName: 'A setting that is added below shows its default. Only what is added changes.',
		name: 'settingsNotice',
		type: 'notice',
		displayOptions: shown('fields'),
		default: '',
	},
	...groupFields(shown('fields')),
	{
		displayName: 'Settings as JSON',
		name: 'settingsJson',
		type: 'json',
		displayOptions: shown('json'),
		default: '{}',
		placeholder: 'e.g. { "zone": "Europe/Berlin" }',
		description: 'An object with the settings to change, named as Get shows them; null goes back to the default',
	},
	{
		displayName: 'Reset to Default',
		name: 'reset',
		type: 'multiOptions',
		displayOptions,
		options: [...NAMES].sort((a, b) => (a.name < b.name ? -1 : 1)),
		default: [],
		description: 'Settings that follow the defaults again, also when a later version of this package has better ones',
	},
	ifVersionField(displayOptions),
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const reset = this.getNodeParameter('reset', index, []) as Array<keyof SettingsValues>;
		return [viewRow(await engine.settings.set(patchOf(this, index), { ...changeOptionsOf(this, index), reset }))];
	});
}

function patchOf(context: IExecuteFunctions, index: number): SettingsPatch {
	if (context.getNodeParameter('settingsFrom', index) === 'json') return jsonOf(context, index);
	const patch: Record<string, unknown> = {};
	for (const { name, fields } of GROUPS) {
		const added = context.getNodeParameter(name, index, {}) as Record<string, unknown>;
		for (const { field, read } of fields) {
			if (field.name in added) patch[field.name] = read(added[field.name]);
		}
	}
	return patch as SettingsPatch;
}

function jsonOf(context: IExecuteFunctions, index: number): SettingsPatch {
	const given = context.getNodeParameter('settingsJson', index, '{}') as unknown;
	try {
		const value: unknown = typeof given === 'string' ? JSON.parse(given) : given;
		if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as SettingsPatch;
	} catch {
		// Told below, in words for whoever typed it.
	}
	throw new NodeOperationError(context.getNode(), "'Settings as JSON' is not a JSON object", {
		itemIndex: index,
		description: 'It must look like { "zone": "Europe/Berlin" }. Check quotes, commas and braces.',
	});
}
