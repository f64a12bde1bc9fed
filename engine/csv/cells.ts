import { EngineError } from '../kernel';

/** How the cells of a file are told apart. */
export class Cells {
	private readonly next: RegExp;
	private readonly here: RegExp;
	/** One delimiter, nothing to trim: lines without quotes, which are nearly all, need no more than this. */
	private readonly plain: string | undefined;

	/** `trim`: blanks around cells and their quotes do not count. Throws BAD_INPUT for what cannot separate cells. */
	constructor(delimiters: readonly string[], private readonly trim: boolean) {
		if (delimiters.length === 0 || delimiters.some((one) => one === '' || /["\r\n]/.test(one))) throw new EngineError('BAD_INPUT', 'The delimiter of a CSV file is a text without quotes and line breaks: , or ; or a tab.');
		const any = delimiters.map((one) => one.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|');
		this.next = new RegExp(any, 'g');
		this.here = new RegExp(any, 'y');
		this.plain = delimiters.length === 1 && !trim ? delimiters[0] : undefined;
	}

	/** The cells of a line without any quote. */
	split(line: string): string[] {
		if (this.plain !== undefined) return line.split(this.plain);
		const cells = line.split(new RegExp(this.next.source));
		return this.trim ? cells.map((cell) => cell.trim()) : cells;
	}

	/** Whether a cell after the first begins with a blank, as after a comma in prose. */
	blankLed(line: string): boolean {
		this.next.lastIndex = 0;
		for (let found = this.next.exec(line); found !== null; found = this.next.exec(line)) if (line[this.next.lastIndex] === ' ') return true;
		return false;
	}

	/**
	 * Reads one more line into a row. Quotes as RFC 4180 has them; a quote elsewhere is a character like any other, but not once a cell
	 * has spanned lines: then it is a sign that the quotes are not what they seem (`row.stray`), and the row is left as it is.
	 */
	read(row: CsvRow, line: string): void {
		const spans = row.open;
		let at = 0;
		for (;;) {
			if (!row.open) {
				const from = this.trim ? pastBlanks(line, at) : at;
				if (line[from] !== '"') {
					const end = this.endOfCell(line, at);
					const cell = line.slice(at, end);
					if (cell.includes('"')) {
						row.clean = false;
						if (spans) row.stray = true;
						if (row.stray) return;
					}
					row.cells.push(this.trim ? cell.trim() : cell);
					if (end === line.length) return;
					at = this.next.lastIndex;
					continue;
				}
				row.open = true;
				row.text = '';
				at = from + 1;
			}
			const quote = line.indexOf('"', at);
			if (quote === -1) {
				row.text += line.slice(at);
				return;
			}
			if (line[quote + 1] === '"') {
				row.text += line.slice(at, quote + 1);
				at = quote + 2;
				continue;
			}
			row.text += line.slice(at, quote);
			row.open = false;
			const after = this.trim ? pastBlanks(line, quote + 1) : quote + 1;
			this.here.lastIndex = after;
			if (after >= line.length || this.here.test(line)) {
				row.cells.push(row.text);
				if (after >= line.length) return;
				at = this.here.lastIndex;
				continue;
			}
			if (spans) {
				row.stray = true;
				return;
			}
			row.clean = false;
			const end = this.endOfCell(line, quote + 1);
			row.cells.push(`"${row.text}${line.slice(quote, end)}`);
			if (end === line.length) return;
			at = this.next.lastIndex;
		}
	}

	/** The cells of a line when a quote that stays open is a character like any other. */
	alone(line: string): { cells: string[]; clean: boolean } {
		const row = new CsvRow();
		this.read(row, line);
		return row.open ? { cells: [...row.cells, ...this.split(`"${row.text}`)], clean: false } : { cells: row.cells, clean: row.clean };
	}

	private endOfCell(line: string, from: number): number {
		this.next.lastIndex = from;
		return this.next.exec(line)?.index ?? line.length;
	}
}

/** A row that is being read, line by line while a cell is open. */
export class CsvRow {
	readonly cells: string[] = [];
	/** The last cell is within quotes; `text` is what it holds so far. */
	open = false;
	text = '';
	/** Every quote is where RFC 4180 has it. */
	clean = true;
	stray = false;
}

function pastBlanks(line: string, from: number): number {
	let at = from;
	while (line[at] === ' ') at += 1;
	return at;
}
