import { CsvRecords } from '../csv';
import type { JsonObject } from '../kernel';
import { namesOf } from './header';
import { isOwnHeader } from './own';
import { LONGEST_OWN_ROW, LONGEST_ROW, NOT_UNICODE, type RowReader, type RowSink } from './rows';

/** What the header shows of the rows. */
export interface Headed {
	/** The cells are the engine's own, to be taken as they are. */
	verbatim: boolean;
	/** Whether these values can be a row by themselves; a line within a quoted cell that cannot is no sign that the quote is none. */
	mayBeRow: (values: JsonObject) => boolean;
}

/** Throws when the header cannot be used. */
export type HeaderCheck = (names: readonly string[]) => Headed;

/** Rows of a CSV file by the header's names. A row is taken before the next one is read, so a slow database slows the caller and memory stays flat. */
export class CsvRows implements RowReader {
	private header: string[] | undefined;
	private headed: Headed = { verbatim: false, mayBeRow: () => true };
	private readonly records: CsvRecords;

	/** Throws BAD_INPUT for a delimiter that cannot be one. */
	constructor(delimiter: string, private readonly sink: RowSink, private readonly checkHeader: HeaderCheck) {
		this.records = new CsvRecords(
			{ delimiters: [delimiter], longestRow: LONGEST_OWN_ROW, mayBeRow: (cells) => this.headed.mayBeRow(this.named(cells)) },
			{ row: (line, cells) => this.row(line, cells), reject: (line, reason) => sink.reject(line, reason) },
		);
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
		if (!this.headed.verbatim && record.some((cell) => cell.includes('\uFFFD'))) return this.sink.reject(line, NOT_UNICODE);
		if (!this.headed.verbatim) return this.sink.take({ line, values: this.named(record) });
		return this.sink.take({ line, values: this.named(record), size: record.reduce((size, cell) => size + cell.length, 0) });
	}

	private readHeader(record: readonly string[]): void {
		const names = namesOf(record, isOwnHeader);
		this.headed = this.checkHeader(names.filter((name) => name !== ''));
		this.header = this.headed.verbatim ? [...record] : names;
		this.records.longestRow = this.headed.verbatim ? LONGEST_OWN_ROW : LONGEST_ROW;
	}

	/** An empty cell says nothing: it neither sets nor unsets. */
	private named(record: readonly string[]): JsonObject {
		const values: Array<[string, string]> = [];
		(this.header ?? []).forEach((name, n) => {
			const cell = this.headed.verbatim ? (record[n] ?? '') : (record[n] ?? '').trim();
			if (name !== '' && cell !== '') values.push([name, cell]);
		});
		return Object.fromEntries(values);
	}
}
