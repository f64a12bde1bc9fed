import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { inCalls, readItems } from '../batch';
import { addressFields, addressOf } from './address';
import { answeredItems } from './results';

const displayOptions = { show: { resource: ['suppression'], operation: ['check'] } };

export const description: INodeProperties[] = addressFields(displayOptions);

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const read = readItems(this, (index) => addressOf(this, index));
	const { rows: reasons, rejected } = await inCalls(this, read, async (part) => {
		const rows = await engine.suppression.check(part);
		return {
			rows: rows.map((row) => (typeof row === 'string' ? row : null)),
			rejected: rows.flatMap((row, index) => (typeof row === 'object' && row !== null ? [{ index, reason: row.refused }] : [])),
		};
	});
	return answeredItems(this, read, rejected, (index) => ({ suppressed: typeof reasons[index] === 'string', suppressionReason: reasons[index] ?? null }));
}
