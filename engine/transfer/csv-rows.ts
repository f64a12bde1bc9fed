import { once } from 'node:events';
import type { Info, Parser } from 'csv-parse';

import { EngineError, type JsonObject } from '../kernel';
import { LONGEST_ROW, NOT_UNICODE, type RowReader, type RowSink } from './rows';

/** Pieces that the parser takes at once; what waits between it and the database stays about this small. */
const PIECE = 32 * 1024;
const MOST_COLUMNS = 2000;

/** Throws when the header cannot be used. true: the cells are the engine's own, to be taken as they are. */
export type HeaderCheck = (names: readonly string[]) => boolean;

/**
 * Rows of a CSV file (RFC 4180, and what spreadsheets make of it), by the header's names. The text runs through csv-parse, which is fed on
 * only when it wants more, so that a slow database slows the caller and memory stays flat.
 */
export class CsvRows implements RowReader {
	private header: string[] | undefined;
	private verbatim = false;
	private readonly parser: Parser;
	private readonly finished: Promise<void>;
	private failure: { error: unknown } | undefined;
	private countedTwice = 0;

	static async open(delimiter: string, sink: RowSink, header: HeaderCheck): Promise<CsvRows> {
		const { parse } = await import('csv-parse');
		return new CsvRows(parse, delimiter, sink, header);
	}

	private constructor(parse: typeof import('csv-parse').parse, delimiter: string, private readonly sink: RowSink, private readonly checkHeader: HeaderCheck) {
		this.parser = parse({
			delimiter, bom: true, info: true, skip_empty_lines: true, relax_column_count: true, relax_quotes: true, skip_records_with_error: true, max_record_size: LONGEST_ROW,
			on_skip: (error) => {
				sink.reject(typeof error?.lines === 'number' ? error.lines - this.countedTwice : 0, 'The row cannot be read: a quote is not closed, or the row is longer than 128 KB.');
				return undefined;
			},
		});
		this.finished = this.consume();
		// The failure is told by the next piece or the end; until then nobody may be listening.
		this.finished.catch((error: unknown) => {
			this.failure = { error };
			this.parser.destroy();
		});
		this.parser.on('error', () => undefined);
	}

	async feed(text: string): Promise<void> {
		for (let from = 0; from < text.length; from += PIECE) {
			if (this.failure !== undefined) throw this.failure.error;
			if (!this.parser.write(text.slice(from, from + PIECE))) await Promise.race([once(this.parser, 'drain'), this.finished]);
		}
	}

	async end(): Promise<void> {
		if (this.failure !== undefined) throw this.failure.error;
		this.parser.end();
		await this.finished;
	}

	abandon(): void {
		this.parser.destroy();
	}

	private async consume(): Promise<void> {
		for await (const { record, info } of this.parser as AsyncIterable<{ record: string[]; info: Info }>) {
			const line = this.firstLineOf(record, info);
			if (this.header === undefined) this.readHeader(record);
			else if (record.length !== this.header.length) this.sink.reject(line, `The row has ${record.length} columns, the header has ${this.header.length}.`);
			else if (!this.verbatim && record.some((cell) => cell.includes('\uFFFD'))) this.sink.reject(line, NOT_UNICODE);
			else await this.sink.take({ line, values: named(this.header, record, this.verbatim) });
		}
	}

	private readHeader(record: readonly string[]): void {
		const names = record.map((name) => name.trim());
		if (names.length > MOST_COLUMNS) throw new EngineError('BAD_INPUT', `The CSV file has more than ${MOST_COLUMNS} columns.`);
		if (names.every((name) => name === '')) throw new EngineError('BAD_INPUT', 'The first line of the CSV file must name the columns.');
		const twice = names.find((name, n) => name !== '' && names.indexOf(name) !== n);
		if (twice !== undefined) throw new EngineError('BAD_INPUT', `Two columns of the CSV file have the same name "${twice.slice(0, 60)}".`);
		this.verbatim = this.checkHeader(names.filter((name) => name !== ''));
		this.header = this.verbatim ? [...record] : names;
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
}

/** An empty cell says nothing: it neither sets nor unsets. */
function named(header: readonly string[], record: readonly string[], verbatim: boolean): JsonObject {
	const values: Array<[string, string]> = [];
	for (let n = 0; n < header.length; n += 1) {
		const name = header[n] ?? '';
		const cell = verbatim ? (record[n] ?? '') : (record[n] ?? '').trim();
		if (name !== '' && cell !== '') values.push([name, cell]);
	}
	return Object.fromEntries(values);
}
