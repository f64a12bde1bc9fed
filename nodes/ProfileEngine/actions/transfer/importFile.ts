import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { isEngineError } from '../../../../engine';
import type { ColumnUse, Engine, ImportOptions, ImportPreset, ImportReport } from '../../../../engine';
import { failItem, toNodeError } from '../../../shared/errors';
import { nameIn } from '../../../shared/fields/locator';
import { isManualRun } from '../../../shared/manual';
import { sourceOf } from '../../../shared/source';
import { streamOf } from './fileStream';
import type { About } from './importFields';

/** Larger chunks gain nothing, smaller ones cost one message to the engine's thread each. */
const CHUNK_BYTES = 256 * 1024;

/** One file an item, one after the other: two at once would only compete for the one writer. */
export async function importFiles(context: IExecuteFunctions, engine: Engine, about: About): Promise<INodeExecutionData[]> {
	const output: INodeExecutionData[] = [];
	const done: string[] = [];
	for (let index = 0; index < context.getInputData().length; index++) {
		try {
			const report = await importFile(context, engine, about, index);
			done.push(report.importId);
			output.push(...(await reportItems(context, engine, report, index)));
		} catch (error) {
			output.push(failItem(context, afterOthers(context, error, index, done), index));
		}
	}
	return output;
}

/** Their reports go down with the error, and with them the IDs by which they could be undone. */
function afterOthers(context: IExecuteFunctions, error: unknown, index: number, done: readonly string[]): unknown {
	if (done.length === 0 || context.continueOnFail()) return error;
	const told = toNodeError(context.getNode(), error, index);
	told.description = `${told.description ?? ''} The files before this one are imported: ${done.join(', ')} (import IDs, for Undo Import).`.trim();
	return told;
}

/** Back-pressure: the next chunk is read only when the engine has taken the last, so memory stays at a chunk or two. */
async function importFile(context: IExecuteFunctions, engine: Engine, about: About, index: number): Promise<ImportReport> {
	const { chunks, totalBytes } = await fileOf(context, index);
	const { importId } = await engine.transfer.importStart({ ...importOptions(context, about, index), totalBytes });
	try {
		for await (const chunk of chunks) await engine.transfer.importChunk(importId, toBytes(chunk));
		return await engine.transfer.importEnd(importId);
	} catch (error) {
		throw isEngineError(error) ? toNodeError(context.getNode(), error, index) : await brokenOff(context, engine, importId, error, index);
	}
}

/** The file itself could not be read on. Its beginning is stored: the import ends here, or it would seem to be under way for an hour. */
async function brokenOff(context: IExecuteFunctions, engine: Engine, importId: string, error: unknown, index: number): Promise<Error> {
	await engine.transfer.importAbort(importId);
	const { line, created, updated } = await engine.transfer.importProgress(importId);
	return new NodeOperationError(context.getNode(), `The file could not be read to its end: ${error instanceof Error ? error.message : String(error)}`, {
		itemIndex: index,
		description: `It is imported up to line ${line} (${created} created, ${updated} updated). Import it again, nobody is doubled; or take that back with Undo Import, by the import ID ${importId}.`,
	});
}

/** The file piece by piece, and its size, by which the progress says how much is done. */
async function fileOf(context: IExecuteFunctions, index: number): Promise<{ chunks: AsyncIterable<unknown> | Iterable<unknown>; totalBytes: number }> {
	const property = context.getNodeParameter('binaryProperty', index) as string;
	const binary = context.helpers.assertBinaryData(index, property);
	if (binary.id) return { chunks: await context.helpers.getBinaryStream(binary.id, CHUNK_BYTES), totalBytes: (await context.helpers.getBinaryMetadata(binary.id)).fileSize };
	// n8n keeps the file in memory (its binary mode 'default'): there is no stream to open, only slices to take.
	const whole = Buffer.from(binary.data, 'base64');
	return { chunks: slicesOf(whole), totalBytes: whole.length };
}

function* slicesOf(whole: Buffer): Generator<Buffer> {
	for (let start = 0; start < whole.length; start += CHUNK_BYTES) yield whole.subarray(start, start + CHUNK_BYTES);
}

/** A copy of its own: what crosses to the engine's thread must not drag Node's shared buffer pool along. */
function toBytes(chunk: unknown): Uint8Array {
	return typeof chunk === 'string' ? new TextEncoder().encode(chunk) : new Uint8Array(chunk as Uint8Array);
}

interface GivenOptions {
	consent?: ImportOptions['consent'];
	delimiter?: string;
	encoding?: string;
	/** A locator, or plain text. */
	event?: unknown;
	/** A locator, or plain text. */
	source?: unknown;
	startJourneys?: boolean;
	test?: boolean;
}

/** The engine's names; what events may do has names of its own in the panel. */
const MODES = { create: 'create', update: 'update', upsert: 'upsert', all: 'upsert', known: 'update' } as const;

function importOptions(context: IExecuteFunctions, about: About, index: number): ImportOptions {
	const options = context.getNodeParameter('options', index, {}) as GivenOptions;
	const preset = context.getNodeParameter('preset', index, 'none') as ImportPreset | 'none';
	return {
		about,
		source: nameIn(options.source) || (preset === 'none' ? 'import' : ''),
		who: sourceOf(context),
		mode: MODES[context.getNodeParameter('mode', index, 'upsert') as keyof typeof MODES],
		dryRun: context.getNodeParameter('dryRun', index, false) as boolean,
		columns: columnsOf(context, index),
		test: options.test ?? false,
		startJourneys: options.startJourneys === true && !isManualRun(context, context.getInputData()),
		...(preset === 'none' ? {} : { preset }),
		...(options.consent ? { consent: options.consent } : {}),
		...(nameIn(options.event) === '' ? {} : { event: nameIn(options.event) }),
		...(options.encoding ? { encoding: options.encoding } : {}),
		...(options.delimiter ? { delimiter: options.delimiter === '\\t' ? '\t' : options.delimiter } : {}),
	};
}

function columnsOf(context: IExecuteFunctions, index: number): Record<string, ColumnUse> {
	const rows = context.getNodeParameter('columns.values', index, []) as Array<{ header: string; use: string; name: unknown }>;
	const columns = new Map<string, ColumnUse>();
	for (const { header, use, name } of rows) {
		if (columns.has(header)) {
			throw new NodeOperationError(context.getNode(), `The column "${header}" stands twice under 'Columns'`, { itemIndex: index, description: 'Say once what it is used as, and remove the other entry.' });
		}
		if (header.trim() === '') {
			throw new NodeOperationError(context.getNode(), "A column under 'Columns' has no header", {
				itemIndex: index,
				description: 'Write the name of the column as it stands in the first line of the file, or remove the entry.',
			});
		}
		columns.set(header, useOf(use, nameIn(name), header));
	}
	return Object.fromEntries(columns);
}

function useOf(use: string, name: string, header: string): ColumnUse {
	const [channel, ...rest] = (name || 'email').split(':');
	// A topic may hold a colon itself.
	const topic = rest.join(':');
	switch (use) {
		case 'skip':
			return 'skip';
		case 'identity':
			return { identity: name || header };
		case 'property':
			return { property: name || header };
		case 'consent':
			return { consent: channel, ...(topic ? { topic } : {}) };
		case 'proof:at':
		case 'proof:source':
		case 'proof:textVersion':
		case 'proof:ip':
			return { proof: use.slice('proof:'.length) as 'at' | 'source' | 'textVersion' | 'ip', channel, ...(topic ? { topic } : {}) };
		case 'suppression':
			return { suppression: channel };
		case 'event:name':
			return { event: 'name' };
		case 'event:messageId':
			return { event: 'messageId' };
		case 'event:timestamp':
			return { event: 'timestamp' };
		default:
			return { attribute: name || header };
	}
}

async function reportItems(context: IExecuteFunctions, engine: Engine, report: ImportReport, index: number): Promise<INodeExecutionData[]> {
	const { rejected, ...counts } = report;
	const pairedItem = { item: index };
	switch (context.getNodeParameter('rejectedAs', 0, 'list') as string) {
		case 'items':
			return [{ json: counts, pairedItem }, ...rejected.map((row) => ({ json: { ...row }, pairedItem }))];
		case 'file':
			return [{ json: counts, binary: await rejectedFile(context, engine, report.importId, 'csv', index), pairedItem }];
		case 'ndjson':
			return [{ json: counts, binary: await rejectedFile(context, engine, report.importId, 'ndjson', index), pairedItem }];
		default:
			return [{ json: { ...counts, rejected }, pairedItem }];
	}
}

async function rejectedFile(context: IExecuteFunctions, engine: Engine, importId: string, format: 'csv' | 'ndjson', index: number) {
	const property = context.getNodeParameter('options.outputBinaryProperty', index, 'rejected') as string;
	async function* pieces(): AsyncGenerator<Uint8Array> {
		let next: string | null | undefined;
		while (next !== null) {
			const piece = await engine.transfer.importRejected(importId, format, next);
			next = piece.next;
			yield piece.bytes;
		}
	}
	const file = await context.helpers.prepareBinaryData(streamOf(pieces()), `rejected-rows.${format}`, format === 'csv' ? 'text/csv' : 'application/x-ndjson');
	return { [property]: file };
}
