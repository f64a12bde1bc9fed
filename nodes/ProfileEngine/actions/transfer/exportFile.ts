import type { IDisplayOptions, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, ExportOptions } from '../../../../engine';
import { failItem } from '../../../shared/errors';
import { sourceOf } from '../../../shared/source';
import { streamOf } from './fileStream';

const TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;

export function formatField(displayOptions: IDisplayOptions): INodeProperties {
	return {
		displayName: 'Format',
		name: 'format',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'CSV', value: 'csv', description: 'For spreadsheets; cells that would run as formulas are disarmed' },
			{ name: 'NDJSON', value: 'ndjson', description: 'One JSON object a line' },
		],
		default: 'csv',
		description: 'Both can be imported again: attributes, identities, events, consents with their proof, suppressions and wishes come back; groups, lists, segments, stages and scores are only to be read',
	};
}

export function outputFieldOption(): INodeProperties {
	return {
		displayName: 'Output Binary Field',
		name: 'outputBinaryProperty',
		type: 'string',
		default: 'data',
		placeholder: 'e.g. data',
		hint: 'The name of the output field to put the file in',
		description: 'Binary field for the file',
	};
}

/** One file an item, written as a stream: neither this node nor the engine holds more than a piece of it. */
export async function exportFiles(
	context: IExecuteFunctions, engine: Engine, optionsOf: (index: number) => Promise<Omit<ExportOptions, 'format' | 'source'>>,
): Promise<INodeExecutionData[]> {
	const output: INodeExecutionData[] = [];
	for (let index = 0; index < context.getInputData().length; index++) {
		try {
			output.push(await exportFile(context, engine, await optionsOf(index), index));
		} catch (error) {
			output.push(failItem(context, error, index));
		}
	}
	return output;
}

async function exportFile(context: IExecuteFunctions, engine: Engine, options: Omit<ExportOptions, 'format' | 'source'>, index: number): Promise<INodeExecutionData> {
	const format = context.getNodeParameter('format', index, 'csv') as keyof typeof TYPES;
	const property = (context.getNodeParameter('options.outputBinaryProperty', index, 'data') as string) || 'data';
	const { exportId } = await engine.transfer.exportStart({ ...options, format, source: sourceOf(context) });
	let rows = 0;
	async function* pieces(): AsyncGenerator<Uint8Array> {
		let ended = false;
		try {
			for (let done = false; !done; ) {
				const chunk = await engine.transfer.exportChunk(exportId);
				yield chunk.bytes;
				done = chunk.done;
			}
			ended = true;
			({ rows } = await engine.transfer.exportEnd(exportId));
		} finally {
			// Broken off by whoever writes the file: what has left until then belongs into the audit log.
			if (!ended) await engine.transfer.exportEnd(exportId).catch(() => undefined);
		}
	}
	const file = await context.helpers.prepareBinaryData(streamOf(pieces()), `${options.about}.${format}`, TYPES[format]);
	return { json: { rows }, binary: { [property]: file }, pairedItem: { item: index } };
}
