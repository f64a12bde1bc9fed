import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { readItems, writtenItems } from '../batch';
import { identityFields, identityOf } from '../identity';

const displayOptions = { show: { resource: ['consent'], operation: ['doNotSell'] } };

export const description: INodeProperties[] = [
	...identityFields(displayOptions, 'that asked for it'),
	{
		displayName: 'Do Not Sell',
		name: 'doNotSell',
		type: 'boolean',
		displayOptions,
		default: true,
		description: 'Whether the person stays out of everything shared with third parties, such as ad audiences. A browser that sends Global Privacy Control sets it by itself.',
	},
	{
		displayName: 'Source',
		name: 'source',
		type: 'string',
		displayOptions,
		default: 'node',
		placeholder: 'e.g. support ticket',
		description: 'Where the person said so; kept with the change for good',
	},
];

/** All items in one engine call. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const read = readItems(this, (index) => ({
		whose: identityOf(this, index), active: this.getNodeParameter('doNotSell', index) === true, source: (this.getNodeParameter('source', index, 'node') as string) || 'node',
	}));
	return writtenItems(this, read, await engine.consent.setDoNotSell(read.values));
}
