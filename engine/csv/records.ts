import { EngineError } from '../kernel';
import { Cells, CsvRow } from './cells';

export interface CsvSink {
	/** `line`: where the row starts, from 1. Answers when there is room for more: that is the back-pressure. */
	row(line: number, cells: string[]): Promise<void> | void;
	reject(line: number, reason: string): void;
}

export interface CsvShape {
	delimiters: readonly string[];
	/** Characters; a row that is longer is refused. What holds for the rows may be another number than for the first one: see CsvRecords.longestRow. */
	longestRow: number;
	/** Blanks around cells do not count. Default false. */
	trim?: boolean;
	/**
	 * Whether a line by itself is a row that must not be lost. Default: it has as many cells as the first row. Where this is given, a
	 * quoted cell never holds such a line.
	 */
	isRow?: (cells: readonly string[]) => boolean;
	/** Whether a line with as many cells as the first row can be one by what it says: a note may hold `foo,bar`, which is nobody's address. Default: any can. */
	mayBeRow?: (cells: readonly string[]) => boolean;
}

interface Line {
	no: number;
	text: string;
	/** The line break after it, which belongs to a cell that goes on. */
	ending: string;
	/** It would have closed a quote that was none, so its own quote is in doubt. */
	doubtful?: boolean;
}

interface Open {
	row: CsvRow;
	lines: Line[];
	/** Characters so far. */
	size: number;
	/** Cells of the first line if its quote were a character like any other. Counted once: it may be long, and the lines after it many. */
	literal: number;
}

/** A quoted cell of more lines than this is hardly anybody's address or note. */
const MANY_LINES = 20;

/**
 * Rows of a CSV file (RFC 4180, and what spreadsheets make of it), as a stream.
 *
 * States: between rows -> (a line leaves a quote open) -> within a row -> (a line closes it) -> between rows.
 * One stray quote would swallow the people behind it, up to the next quote or the end of the file. So a row that spans lines is taken back
 * when a line of it is plainly a row of its own, when a quote in it is neither doubled nor at the end of a cell, or when it does not end: the
 * line that opened it is refused and reading goes on with the next one. Two quotes that only the second line can explain (`u1,"Ann` before
 * `u2,15"`) refuse both. Prose in a cell has blanks after its commas and rows have not, unless the file's other rows have them too.
 * The lines held are those of one row, so memory stays flat; no line is read more than three times.
 */
export class CsvRecords {
	private readonly cells: Cells;
	private turn: Promise<void> = Promise.resolve();
	private abandoned = false;
	private rest = '';
	private started = false;
	private mac: boolean | undefined;
	private skipping = false;
	private lines = 0;
	private open: Open | undefined;
	/** Cells of the first row. */
	private width: number | undefined;
	private blankLed = false;
	/** Of the rows from now on. */
	longestRow: number;

	/** Throws BAD_INPUT for a delimiter that cannot be one. */
	constructor(private readonly shape: CsvShape, private readonly sink: CsvSink) {
		this.cells = new Cells(shape.delimiters, shape.trim ?? false);
		this.longestRow = shape.longestRow;
	}

	/** One piece after the other, also when they are given at once. Throws BAD_INPUT when the first row cannot be read, and what the sink throws; then nothing more is read. */
	feed(text: string): Promise<void> {
		return (this.turn = this.turn.then(() => this.read(text)));
	}

	end(): Promise<void> {
		return (this.turn = this.turn.then(() => this.finish()));
	}

	/** Nothing is read any more. */
	abandon(): void {
		this.abandoned = true;
	}

	private async read(given: string): Promise<void> {
		if (given === '' || this.abandoned) return;
		let text = this.rest + (this.started || !given.startsWith('\ufeff') ? given : given.slice(1));
		this.started = true;
		this.rest = '';
		if (text.endsWith('\r')) {
			// Whether this is half of a line break shows with the next piece.
			this.rest = '\r';
			text = text.slice(0, -1);
		}
		this.mac ??= endsLinesWithCr(text);
		let from = 0;
		for (const [at, ending] of breaks(text, this.mac ?? false)) {
			await this.line(text.slice(from, at), ending);
			if (this.abandoned) return;
			from = at + ending.length;
		}
		this.rest = text.slice(from) + this.rest;
		if (this.skipping) this.rest = this.rest.endsWith('\r') ? '\r' : '';
		else if (this.rest.length > this.longestRow + 1) {
			await this.line(this.rest, '');
			this.rest = '';
			this.skipping = true;
		}
	}

	private async finish(): Promise<void> {
		const last = this.rest;
		this.rest = '';
		if (last.endsWith('\r')) {
			await this.line(last.slice(0, -1), '\r');
		} else if (last !== '') await this.line(last, '');
		while (this.open !== undefined) await this.takeAll(this.takenBack());
	}

	private async line(text: string, ending: string): Promise<void> {
		if (this.skipping) {
			this.skipping = false;
			return;
		}
		this.lines += 1;
		// Nearly every line is a row of its own; the rest of the machinery is for those with quotes.
		if (this.open === undefined && !text.includes('"') && text.length <= this.longestRow) {
			if (text !== '') await this.done(this.lines, this.cells.split(text), text);
			return;
		}
		await this.takeAll([{ no: this.lines, text, ending }]);
	}

	private async takeAll(lines: Line[]): Promise<void> {
		const stack = lines.reverse();
		for (let line = stack.pop(); line !== undefined; line = stack.pop()) {
			const again = await this.take(line);
			for (let n = again.length - 1; n >= 0; n -= 1) stack.push(again[n] as Line);
		}
	}

	/** Answers with the lines to read once more. */
	private async take(line: Line): Promise<Line[]> {
		if (this.open !== undefined) return await this.goOn(this.open, line);
		if (line.text === '') return [];
		if (line.doubtful === true) return this.refuse(line.no, 'The row has a quote that belongs to none of its cells, and the row before it one that is not closed. Correct the quotes of both rows.');
		if (line.text.length > this.longestRow) return this.refuse(line.no, `The row is longer than ${this.longestRow / 1024} KB.`);
		const row = new CsvRow();
		this.cells.read(row, line.text);
		if (row.open) this.open = { row, lines: [line], size: line.text.length, literal: this.cells.alone(line.text).cells.length };
		else await this.done(line.no, row.cells, line.text);
		return [];
	}

	private async goOn(open: Open, line: Line): Promise<Line[]> {
		const { row, lines, literal } = open;
		const [first] = lines as [Line, ...Line[]];
		const before = lines.at(-1)?.ending ?? '';
		lines.push(line);
		open.size += before.length + line.text.length;
		if (open.size > this.longestRow || line.doubtful === true) return this.takenBack();
		row.text += before;
		this.cells.read(row, line.text);
		if (row.stray) return this.takenBack();
		if (row.open) {
			if (this.width === undefined ? lines.length > MANY_LINES || (literal > 1 && this.isRow(line, literal, lines)) : this.isRow(line, this.width, lines)) return this.takenBack();
			return [];
		}
		const width = this.width ?? row.cells.length;
		if (this.isRow(line, width, lines)) {
			if (row.cells.length !== width || this.shape.isRow !== undefined || this.cells.alone(line.text).clean) return this.takenBack();
			if (literal >= width) {
				line.doubtful = true;
				return this.takenBack();
			}
		}
		this.open = undefined;
		await this.done(first.no, row.cells, '');
		return [];
	}

	private isRow({ text }: Line, width: number, lines: readonly Line[]): boolean {
		const { cells, clean } = this.cells.alone(text);
		if (this.shape.isRow !== undefined && this.width !== undefined) return this.shape.isRow(cells);
		if (cells.length !== width || (this.width !== undefined && this.shape.mayBeRow?.(cells) === false)) return false;
		return (clean && text.includes('"')) || this.blankLed || lines.length > MANY_LINES || !this.cells.blankLed(text);
	}

	private takenBack(): Line[] {
		const [first, ...others] = this.open?.lines ?? [];
		this.open = undefined;
		if (first !== undefined) this.refuse(first.no, 'The row cannot be read: it opens a quote that is not closed. Close the quote, or take it out.');
		return others;
	}

	private refuse(no: number, reason: string): [] {
		// Without the names of the columns, nothing that follows means anything.
		if (this.width === undefined) throw new EngineError('BAD_INPUT', `The first row of the CSV file (line ${no}) cannot be used. ${reason}`);
		this.sink.reject(no, reason);
		return [];
	}

	private async done(no: number, cells: string[], text: string): Promise<void> {
		this.width ??= cells.length;
		if (!this.blankLed && cells.length === this.width && text.includes(' ') && this.cells.blankLed(text) && !text.includes('"')) this.blankLed = true;
		await this.sink.row(no, cells);
	}
}

/** undefined: there is no line break yet. */
function endsLinesWithCr(text: string): boolean | undefined {
	const found = /\r\n|\n|\r/.exec(text);
	return found === null ? undefined : found[0] === '\r';
}

function* breaks(text: string, mac: boolean): Generator<[at: number, ending: string]> {
	if (mac) {
		for (const found of text.matchAll(/\r\n|\n|\r/g)) yield [found.index, found[0]];
		return;
	}
	for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) yield text[at - 1] === '\r' ? [at - 1, '\r\n'] : [at, '\n'];
}
