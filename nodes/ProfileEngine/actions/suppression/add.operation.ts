import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, SuppressionAdded } from '../../../../engine';
import { sourceOf } from '../../../shared/source';
import { inCalls, readItems } from '../batch';
import { addressFields, addressOf, REASON_OPTIONS } from './address';
import { answeredItems } from './results';

const displayOptions = { show: { resource: ['suppression'], operation: ['add'] } };

export const description: INodeProperties[] = [
	...addressFields(displayOptions),
	{
		displayName: 'Reason',
		name: 'reason',
		type: 'options',
		displayOptions,
		options: REASON_OPTIONS,
		default: 'manual',
		description: 'Why nothing is sent there any more. A bounce or a complaint replaces Manual, never the other way round.',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const read = readItems(this, (index): SuppressionAdded => ({
		...addressOf(this, index), reason: this.getNodeParameter('reason', index) as SuppressionAdded['reason'], source: sourceOf(this),
	}));
	let added = 0;
	let known = 0;
	const { rejected } = await inCalls(this, read, async (part) => {
		const report = await engine.suppression.add(part);
		added += report.added;
		known += report.known;
		return { rows: [], rejected: report.rejected };
	});
	this.addExecutionHints({ message: `${added} addresses added, ${known} were on the list before.`, location: 'outputPane' });
	return answeredItems(this, read, rejected, () => ({ suppressed: true }));
}
