import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { changeOptionsOf, ifVersionField, viewRow } from './version';

const displayOptions = { show: { resource: ['settings'], operation: ['restore'] } };

export const description: INodeProperties[] = [
	{
		displayName: 'Version',
		name: 'settingsVersion',
		type: 'number',
		typeOptions: { minValue: 0 },
		displayOptions,
		required: true,
		default: 0,
		description: 'Version whose settings are to hold again, from Get History; 0 for all defaults. It becomes a new version; nothing is lost.',
	},
	ifVersionField(displayOptions),
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const version = Number(this.getNodeParameter('settingsVersion', index));
		return [viewRow(await engine.settings.restore(version, changeOptionsOf(this, index)))];
	});
}
