import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { ColumnUse, Engine, ImportOptions, ImportReport } from '../../../../engine';
import { failItem } from '../../../shared/errors';
import { isManualRun } from '../../../shared/manual';

export { description } from './import.fields';

/** Larger chunks gain nothing, smaller ones cost one message to the engine's thread each. */
const CHUNK_BYTES = 256 * 1024;

/** One file an item, one after the other: two at once would only compete for the one writer. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const output: INodeExecutionData[] = [];
	for (let index = 0; index < this.getInputData().length; index++) {
		try {
			const report = await importFile(this, engine, index);
			output.push(...(await reportItems(this, report, index)));
		} catch (error) {
			output.push(failItem(this, error, index));
		}
	}
	return output;
}

/** Back-pressure: the next chunk is read only when the engine has taken the last, so memory stays at a chunk or two. */
async function importFile(context: IExecuteFunctions, engine: Engine, index: number): Promise<ImportReport> {
	const bytes = await bytesOf(context, index);
	const { importId } = await engine.profiles.importStart(importOptions(context, index));
	for await (const chunk of bytes) await engine.profiles.importChunk(importId, toBytes(chunk));
	return await engine.profiles.importEnd(importId);
}

async function bytesOf(context: IExecuteFunctions, index: number): Promise<AsyncIterable<unknown> | Iterable<unknown>> {
	const property = context.getNodeParameter('binaryProperty', index) as string;
	const binary = context.helpers.assertBinaryData(index, property);
	if (binary.id) return await context.helpers.getBinaryStream(binary.id, CHUNK_BYTES);
	// n8n keeps the file in memory (its binary mode 'default'): there is no stream to open, only slices to take.
	return slicesOf(Buffer.from(binary.data, 'base64'));
}

function* slicesOf(whole: Buffer): Generator<Buffer> {
	for (let start = 0; start < whole.length; start += CHUNK_BYTES) yield whole.subarray(start, start + CHUNK_BYTES);
}

/** A copy of its own: what crosses to the engine's thread must not drag Node's shared buffer pool along. */
function toBytes(chunk: unknown): Uint8Array {
	return typeof chunk === 'string' ? new TextEncoder().encode(chunk) : new Uint8Array(chunk as Uint8Array);
}

function importOptions(context: IExecuteFunctions, index: number): ImportOptions {
	const options = context.getNodeParameter('options', index, {}) as {
		delimiter?: string;
		source?: string;
		startJourneys?: boolean;
		test?: boolean;
	};
	return {
		source: options.source || 'import',
		columns: columnsOf(context, index),
		test: options.test ?? false,
		startJourneys: options.startJourneys === true && !isManualRun(context, context.getInputData()),
		...(options.delimiter ? { delimiter: options.delimiter === '\\t' ? '\t' : options.delimiter } : {}),
	};
}

function columnsOf(context: IExecuteFunctions, index: number): Record<string, ColumnUse> {
	const rows = context.getNodeParameter('columns.values', index, []) as Array<{ header: string; use: string; name: string }>;
	const columns: Record<string, ColumnUse> = {};
	for (const { header, use, name } of rows) {
		if (header.trim() === '') {
			throw new NodeOperationError(context.getNode(), "A column under 'Columns' has no header", {
				itemIndex: index,
				description: 'Write the name of the column as it stands in the first line of the file, or remove the entry.',
			});
		}
		const as = name.trim() || header;
		columns[header] = use === 'skip' ? 'skip' : use === 'identity' ? { identity: as } : { attribute: as };
	}
	return columns;
}

async function reportItems(context: IExecuteFunctions, report: ImportReport, index: number): Promise<INodeExecutionData[]> {
	const { rejected, ...counts } = report;
	const pairedItem = { item: index };
	switch (context.getNodeParameter('rejectedAs', 0, 'list') as string) {
		case 'items':
			return [{ json: counts, pairedItem }, ...rejected.map((row) => ({ json: { ...row }, pairedItem }))];
		case 'file': {
			const property = context.getNodeParameter('options.outputBinaryProperty', index, 'rejected') as string;
			const file = await context.helpers.prepareBinaryData(csvOf(rejected), 'rejected-rows.csv', 'text/csv');
			return [{ json: counts, binary: { [property]: file }, pairedItem }];
		}
		default:
			return [{ json: { ...counts, rejected }, pairedItem }];
	}
}

/** RFC 4180. A reason that a spreadsheet would take for a formula is disarmed. */
function csvOf(rejected: ImportReport['rejected']): Buffer {
	const lines = rejected.map(({ line, reason }) => {
		const text = /^[=+\-@\t]/.test(reason) ? `'${reason}` : reason;
		return `${line},"${text.replace(/"/g, '""')}"`;
	});
	return Buffer.from(['line,reason', ...lines, ''].join('\r\n'), 'utf8');
}
