import { once } from 'node:events';
import type { Info, Parser } from 'csv-parse';

import { EngineError, isEngineError, randomId, type Random } from '../kernel';
import { CsvColumns } from './csv-columns';
import { CsvText } from './csv-text';
import type { ImportOptions, ImportReport, ProfileInput, UpsertOptions, UpsertReport } from './types';

export interface ImportParts {
	random: Random;
	upsert(batch: ProfileInput[], options: UpsertOptions): Promise<UpsertReport>;
	nowMs(): Promise<number>;
	/** Rows a transaction. */
	batch: number;
}

const MOST_AT_ONCE = 20;
const FORGOTTEN_AFTER_MS = 60 * 60 * 1000;
const MOST_LISTED = 1000;
const LONGEST_ROW = 128 * 1024;
/** Pieces that the parser takes at once; what waits between it and the database stays about this small. */
const PIECE = 32 * 1024;

/**
 * CSV imports under way: start, chunks, end. An import is a stream from the caller's chunks through the parser into batches;
 * a chunk is answered when the parser wants more, so a slow database slows the caller and memory stays flat.
 * Rows that were stored before a failure stay stored; importing the same file again changes nothing about them.
 */
export class CsvImports {
	private readonly running = new Map<string, CsvImport>();

	constructor(private readonly parts: ImportParts) {}

	async start(options: ImportOptions): Promise<{ importId: string }> {
		if (typeof options.source !== 'string' || options.source === '') throw new EngineError('BAD_INPUT', 'The source of the import is missing.');
		const nowMs = await this.parts.nowMs();
		for (const [id, one] of this.running) if (one.touchedAtMs < nowMs - FORGOTTEN_AFTER_MS) this.forget(id);
		if (this.running.size >= MOST_AT_ONCE) throw new EngineError('BAD_INPUT', `${MOST_AT_ONCE} imports are under way already. Wait until one has ended.`);
		const importId = randomId(this.parts.random);
		this.running.set(importId, await CsvImport.open(options, this.parts, nowMs));
		return { importId };
	}

	async chunk(importId: string, bytes: Uint8Array): Promise<{ rows: number }> {
		const one = this.find(importId);
		try {
			one.touchedAtMs = await this.parts.nowMs();
			await one.write(bytes);
		} catch (error) {
			this.forget(importId);
			throw one.stopped(error);
		}
		return { rows: one.report.rows };
	}

	async end(importId: string): Promise<ImportReport> {
		const one = this.find(importId);
		try {
			return await one.end();
		} catch (error) {
			throw one.stopped(error);
		} finally {
			this.forget(importId);
		}
	}

	private find(importId: string): CsvImport {
		const one = this.running.get(importId);
		if (one === undefined) throw new EngineError('NOT_FOUND', 'This import is not under way: it has ended, failed, or was left alone for an hour. Start it again; rows that are stored already will not be doubled.');
		return one;
	}

	private forget(importId: string): void {
		this.running.get(importId)?.abandon();
		this.running.delete(importId);
	}
}

class CsvImport {
	readonly report: ImportReport = { rows: 0, created: 0, updated: 0, rejected: [], rejectedCount: 0 };
	private columns: CsvColumns | undefined;
	private parser: Parser | undefined;
	private finished: Promise<void> | undefined;
	private failure: unknown;
	private countedTwice = 0;
	/** Line of the last row that is stored; 0: none yet. */
	private storedLine = 0;
	private waiting: Array<{ line: number; input: ProfileInput }> = [];

	static async open(options: ImportOptions, parts: ImportParts, nowMs: number): Promise<CsvImport> {
		const { parse } = await import('csv-parse');
		return new CsvImport(options, parts, parse, nowMs);
	}

	private readonly text: CsvText;

	private constructor(
		private readonly options: ImportOptions,
		private readonly parts: ImportParts,
		private readonly parse: typeof import('csv-parse').parse,
		public touchedAtMs: number,
	) {
		this.text = new CsvText(options.delimiter);
	}

	async write(bytes: Uint8Array): Promise<void> {
		await this.feed(this.text.decode(bytes));
	}

	async end(): Promise<ImportReport> {
		await this.feed(this.text.flush());
		if (this.parser === undefined) throw new EngineError('BAD_INPUT', 'The CSV file is empty: its first line must name the columns.');
		if (this.failure !== undefined) throw this.failure;
		this.parser.end();
		await this.finished;
		return this.report;
	}

	abandon(): void {
		this.parser?.destroy();
	}

	/** A failure of the database as one of the import: how far it came and how it goes on. What is wrong with the file stays as it is. */
	stopped(error: unknown): unknown {
		if (!isEngineError(error) || error.code === 'BAD_INPUT') return error;
		const { created, updated } = this.report;
		const place = this.storedLine === 0 ? 'before any row was stored' : `after line ${this.storedLine} of the file; the rows up to it are stored (${created} created, ${updated} updated)`;
		return new EngineError(error.code, `The import stopped ${place}. Remove the cause and import the same file again: nobody is doubled. Cause: ${error.message}`, { ...error.details, line: this.storedLine, created, updated }, { cause: error });
	}

	private async feed(text: string | null): Promise<void> {
		if (text === null || text === '') return;
		const parser = (this.parser ??= this.openParser());
		for (let from = 0; from < text.length; from += PIECE) {
			if (this.failure !== undefined) throw this.failure;
			if (!parser.write(text.slice(from, from + PIECE))) await Promise.race([once(parser, 'drain'), this.finished]);
		}
	}

	private openParser(): Parser {
		const parser = this.parse({
			delimiter: this.text.delimiter, bom: true, info: true, skip_empty_lines: true, relax_column_count: true, relax_quotes: true,
			skip_records_with_error: true, max_record_size: LONGEST_ROW,
			on_skip: (error) => {
				this.report.rows += 1;
				this.reject(typeof error?.lines === 'number' ? error.lines - this.countedTwice : 0, 'The row cannot be read: a quote is not closed, or the row is longer than 128 KB.');
				return undefined;
			},
		});
		this.finished = this.consume(parser);
		// The failure is told by the next chunk or the end; until then nobody may be listening.
		this.finished.catch((error: unknown) => {
			this.failure = error;
			parser.destroy();
		});
		parser.on('error', () => undefined);
		return parser;
	}

	private async consume(parser: Parser): Promise<void> {
		for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
			if (this.columns === undefined) {
				this.columns = new CsvColumns(record, this.options.columns ?? {});
				continue;
			}
			this.report.rows += 1;
			const line = this.firstLineOf(record, info);
			const input = this.columns.read(record);
			if (typeof input === 'string') this.reject(line, input);
			else this.waiting.push({ line, input });
			if (this.waiting.length >= this.parts.batch) await this.store();
		}
		await this.store();
	}

	/** The parser counts the line a row ends on, and CR LF within quotes as two; a person looks for the line it starts on. */
	private firstLineOf(record: readonly string[], info: Info): number {
		let breaks = 0;
		for (const cell of record) {
			if (!cell.includes('\n') && !cell.includes('\r')) continue;
			const lines = cell.split(/\r\n|\r|\n/).length - 1;
			breaks += lines;
			this.countedTwice += cell.replace(/[^\r\n]/g, '').length - lines;
		}
		return info.lines - this.countedTwice - breaks;
	}

	private async store(): Promise<void> {
		const rows = this.waiting;
		this.waiting = [];
		if (rows.length === 0) return;
		const { source, test, startJourneys } = this.options;
		const report = await this.parts.upsert(rows.map((row) => row.input), { source, test: test ?? false, historical: startJourneys !== true });
		this.report.created += report.created;
		this.report.updated += report.updated;
		this.storedLine = rows.at(-1)?.line ?? this.storedLine;
		for (const { index, reason } of report.rejected) this.reject(rows[index]?.line ?? 0, reason);
	}

	private reject(line: number, reason: string): void {
		this.report.rejectedCount += 1;
		if (this.report.rejected.length < MOST_LISTED) this.report.rejected.push({ line, reason });
	}
}
