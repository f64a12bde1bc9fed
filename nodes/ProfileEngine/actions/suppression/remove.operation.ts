import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { sourceOf, sourceOr } from '../../../shared/source';
import { inCalls, readItems } from '../batch';
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
		description: 'Who or what says that the address may be written to again; kept in the audit log. Left at node: the workflow and this node.',
	},
];

/** One engine call for each source. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const read = readItems(this, (index) => ({ entry: addressOf(this, index), source: sourceOr(this, this.getNodeParameter('source', index, 'node'), 'node') }));
	let removed = 0;
	const { rejected } = await inCalls(this, read, async (part) => {
		const report = await engine.suppression.remove(part.map(({ entry }) => entry), { source: part[0]?.source ?? sourceOf(this) });
		removed += report.removed;
		return { rows: [], rejected: report.rejected };
	}, ({ source }) => source);
	this.addExecutionHints({ message: `${removed} addresses were on the list and are allowed again.`, location: 'outputPane' });
	return answeredItems(this, read, rejected, () => ({ suppressed: false }));
}
