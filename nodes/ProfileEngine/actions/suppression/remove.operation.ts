import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { readItems } from '../batch';
import { addressFields, addressOf } from './address';
import { answeredItems } from './results';

const displayOptions = { show: { resource: ['suppression'], operation: ['remove'] } };

export const description: INodeProperties[] = [
	...addressFields(displayOptions),
	{
		displayName: 'Source',
		name: 'source',
		type: 'string',
		displayOptions,
		default: 'node',
		placeholder: 'e.g. support ticket 4711',
		description: 'Who or what says that the address may be written to again; kept in the audit log',
	},
];

/** All items in one engine call. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const read = readItems(this, (index) => addressOf(this, index));
	const { removed, rejected } = await engine.suppression.remove(read.values, { source: (this.getNodeParameter('source', 0, 'node') as string) || 'node' });
	this.addExecutionHints({ message: `${removed} addresses were on the list and are allowed again.`, location: 'outputPane' });
	return answeredItems(this, read, rejected, () => ({ suppressed: false }));
}
