import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, SuppressionImportReport } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOr } from '../../../shared/source';
import { channelField } from '../channel';
import { REASON_OPTIONS } from './address';

const displayOptions = { show: { resource: ['suppression'], operation: ['import'] } };

/** Larger chunks gain nothing, smaller ones cost one message to the engine's thread each. */
const CHUNK_BYTES = 256 * 1024;

export const description: INodeProperties[] = [
	{
		displayName: 'Input Binary Field',
		name: 'binaryProperty',
		type: 'string',
		displayOptions,
		required: true,
		default: 'data',
		placeholder: 'e.g. data',
		hint: 'The name of the input field containing the CSV file',
		description: 'A CSV file whose first line names a column address, email or phone, and if wanted channel and reason; or one address a line',
	},
	channelField(displayOptions, 'For rows without a channel of their own', { name: 'As the Column Says', value: 'column', description: 'A column email is email, a column phone is SMS' }),
	{
		displayName: 'Reason',
		name: 'reason',
		type: 'options',
		displayOptions,
		options: REASON_OPTIONS,
		default: 'manual',
		description: 'For rows without a reason of their own',
	},
	{
		displayName: 'Source',
		name: 'source',
		type: 'string',
		displayOptions,
		default: 'import',
		placeholder: 'e.g. mailchimp',
		description: 'Where the list comes from; kept with every address. Left at import: the workflow and this node.',
	},
];

/** One file an item, one after the other, as a stream: its size does not matter. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => [{ ...(await importFile(this, engine, index)) } as unknown as IDataObject]);
}

async function importFile(context: IExecuteFunctions, engine: Engine, index: number): Promise<SuppressionImportReport> {
	const property = context.getNodeParameter('binaryProperty', index) as string;
	const binary = context.helpers.assertBinaryData(index, property);
	const channel = context.getNodeParameter('channel', index) as string;
	const { importId } = await engine.suppression.importStart({
		...(channel === 'column' ? {} : { channel }), reason: context.getNodeParameter('reason', index) as 'manual',
		source: sourceOr(context, context.getNodeParameter('source', index, 'import'), 'import'),
	});
	const chunks = binary.id ? await context.helpers.getBinaryStream(binary.id, CHUNK_BYTES) : slicesOf(Buffer.from(binary.data, 'base64'));
	for await (const chunk of chunks as AsyncIterable<unknown> | Iterable<unknown>) await engine.suppression.importChunk(importId, toBytes(chunk));
	return await engine.suppression.importEnd(importId);
}

function* slicesOf(whole: Buffer): Generator<Buffer> {
	for (let start = 0; start < whole.length; start += CHUNK_BYTES) yield whole.subarray(start, start + CHUNK_BYTES);
}

/** A copy of its own: what crosses to the engine's thread must not drag Node's shared buffer pool along. */
function toBytes(chunk: unknown): Uint8Array {
	return typeof chunk === 'string' ? new TextEncoder().encode(chunk) : new Uint8Array(chunk as Uint8Array);
}
