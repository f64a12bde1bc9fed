import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { readItems } from '../batch';
import { addressFields, addressOf } from './address';
import { answeredItems } from './results';

const displayOptions = { show: { resource: ['suppression'], operation: ['check'] } };

export const description: INodeProperties[] = addressFields(displayOptions);

/** All items in one engine call. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const read = readItems(this, (index) => addressOf(this, index));
	const reasons = await engine.suppression.check(read.values);
	return answeredItems(this, read, [], (index) => ({ suppressed: (reasons[index] ?? null) !== null, suppressionReason: reasons[index] ?? null }));
}
