import type { IDataObject, IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { SettingsView } from '../../../../engine';
import { sourceOf } from '../../../shared/source';

/** Guards against two people who change the settings at the same time. */
export function ifVersionField(displayOptions: IDisplayOptions): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		displayOptions,
		default: {},
		options: [
			{
				displayName: 'Only if Version Is',
				name: 'ifVersion',
				type: 'number',
				typeOptions: { minValue: 0 },
				default: 0,
				description: 'Version that you looked at, from Get: when somebody has changed the settings since, nothing is changed',
			},
		],
	};
}

/** Who changes them: the workflow's node. A person's name is not known here, and would be personal data in the history. */
export function changeOptionsOf(context: IExecuteFunctions, index: number): { by: string; ifVersion?: number } {
	const { ifVersion } = context.getNodeParameter('options', index, {}) as { ifVersion?: number };
	return { by: sourceOf(context), ...(ifVersion === undefined ? {} : { ifVersion }) };
}

export function viewRow({ version, values, chosen }: SettingsView): IDataObject {
	return { version, settings: values as unknown as IDataObject, chosen };
}
