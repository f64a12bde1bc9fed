import { CsvRecords } from '../csv';
import { EngineError, type JsonObject } from '../kernel';
import { LONGEST_ROW, NOT_UNICODE, type RowReader, type RowSink } from './rows';

const MOST_COLUMNS = 2000;

/** Throws when the header cannot be used. true: the cells are the engine's own, to be taken as they are. */
export type HeaderCheck = (names: readonly string[]) => boolean;

/** Rows of a CSV file by the header's names. A row is taken before the next one is read, so a slow database slows the caller and memory stays flat. */
export class CsvRows implements RowReader {
	private header: string[] | undefined;
	private verbatim = false;
	private readonly records: CsvRecords;

	/** Throws BAD_INPUT for a delimiter that cannot be one. */
	constructor(delimiter: string, private readonly sink: RowSink, private readonly checkHeader: HeaderCheck) {
		this.records = new CsvRecords({ delimiters: [delimiter], longestRow: LONGEST_ROW }, { row: (line, cells) => this.row(line, cells), reject: (line, reason) => sink.reject(line, reason) });
	}

	feed(text: string): Promise<void> {
		return this.records.feed(text);
	}

	end(): Promise<void> {
		return this.records.end();
	}

	abandon(): void {
		this.records.abandon();
	}

	private row(line: number, record: readonly string[]): Promise<void> | void {
		if (this.header === undefined) return this.readHeader(record);
		if (record.length !== this.header.length) return this.sink.reject(line, `The row has ${record.length} columns, the header has ${this.header.length}.`);
		if (!this.verbatim && record.some((cell) => cell.includes('\uFFFD'))) return this.sink.reject(line, NOT_UNICODE);
		return this.sink.take({ line, values: named(this.header, record, this.verbatim) });
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
