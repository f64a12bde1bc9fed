import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { readBundle, type Bundle } from '../../bundle/format';
import { unpack, type Existing } from '../../bundle/unpack';

const displayOptions = { show: { resource: ['bundle'], operation: ['import'] } };

export const description: INodeProperties[] = [
	{
		displayName: 'Bundle',
		name: 'bundle',
		type: 'json',
		displayOptions,
		required: true,
		default: '={{ $json.bundle }}',
		description: 'What Export has put out, whole',
	},
	{
		displayName: 'Dry Run',
		name: 'dryRun',
		type: 'boolean',
		noDataExpression: true,
		displayOptions,
		default: true,
		description: 'Whether only to say what would be created, changed or in conflict; nothing is changed',
	},
	{
		displayName: 'What Exists and Differs',
		name: 'existing',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'Keep', value: 'keep', description: 'It stays as it is here' },
			{ name: 'Replace', value: 'replace', description: 'It becomes what the bundle says; people who enter or leave a segment by that start no journey' },
		],
		default: 'keep',
		description: 'What to do with segments, score models, stages and settings of the same name',
	},
];

/** One item a thing of the bundle, the workflow last with its JSON in `workflow`. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index): Promise<IDataObject[]> => {
		const bundle = bundleOf(this, index);
		const dryRun = this.getNodeParameter('dryRun', index, true) !== false;
		const steps = await unpack(engine, bundle, { existing: this.getNodeParameter('existing', index, 'keep') as Existing, dryRun, source: sourceOf(this) });
		return steps.map((step) => ({ ...step, dryRun, ...(step.kind === 'workflow' ? { workflow: bundle.workflow as unknown as IDataObject } : {}) }));
	});
}

function bundleOf(context: IExecuteFunctions, index: number): Bundle {
	try {
		return readBundle(context.getNodeParameter('bundle', index));
	} catch (error) {
		throw new NodeOperationError(context.getNode(), error instanceof Error ? error.message : 'The bundle cannot be read', { itemIndex: index });
	}
}
