import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { changeOptionsOf, ifVersionField, viewRow } from './version';

const displayOptions = { show: { resource: ['settings'], operation: ['restore'] } };

export const description: INodeProperties[] = [
	{
		displayName: 'Version',
		name: 'settingsVersion',
		// Text, so that it can be empty: 0 would reset everything by one click.
		type: 'string',
		displayOptions,
		required: true,
		default: '',
		placeholder: 'e.g. 3',
		description: 'Version whose settings are to hold again, from Get History; 0 for all defaults. It becomes a new version; nothing is lost.',
	},
	ifVersionField(displayOptions),
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const version = versionOf(this, index);
		return [viewRow(await engine.settings.restore(version, changeOptionsOf(this, index)))];
	});
}

function versionOf(context: IExecuteFunctions, itemIndex: number): number {
	const given = String(context.getNodeParameter('settingsVersion', itemIndex, '') ?? '').trim();
	if (/^\d+$/.test(given)) return Number(given);
	throw new NodeOperationError(context.getNode(), 'Nothing says which version is to hold again', {
		itemIndex,
		description: "Fill in 'Version' with a number from Get History, or 0 for all defaults.",
	});
}
