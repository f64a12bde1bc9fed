import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';

const displayOptions = { show: { resource: ['sending'], operation: ['resume'] } };

export const description: INodeProperties[] = [
	{
		displayName: 'Messages that were held while sending was stopped go out now. Look at the status first if in doubt.',
		name: 'notice',
		type: 'notice',
		displayOptions,
		default: '',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const before = await engine.journeys.sendingStopped();
	await engine.journeys.resumeSending();
	return [{ json: { stopped: false, wasStopped: before.stopped, reason: before.reason }, pairedItem: { item: 0 } }];
}
