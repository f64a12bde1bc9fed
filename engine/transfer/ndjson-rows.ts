import { isJsonObject, type JsonObject, type JsonValue } from '../kernel';
import { LONGEST_OWN_ROW, LONGEST_ROW, NOT_UNICODE, type RowReader, type RowSink } from './rows';

/** Rows of an NDJSON file: one JSON object a line (https://github.com/ndjson/ndjson-spec); empty lines are skipped. */
export class NdjsonRows implements RowReader {
	private line = 0;
	private rest = '';
	/** The rest of this line is left out: it was too long already. */
	private skipping = false;

	/** isOwn: whether a line is of an own export, which may be longer than another's. */
	constructor(private readonly sink: RowSink, private readonly isOwn: (values: JsonObject) => boolean) {}

	async feed(text: string): Promise<void> {
		let from = 0;
		for (;;) {
			const at = text.indexOf('\n', from);
			if (at === -1) break;
			await this.row(this.rest + text.slice(from, at));
			this.rest = '';
			from = at + 1;
		}
		if (this.skipping) return;
		this.rest += text.slice(from);
		if (this.rest.length <= LONGEST_OWN_ROW) return;
		this.sink.reject(this.line + 1, MUCH_TOO_LONG);
		this.skipping = true;
		this.rest = '';
	}

	async end(): Promise<void> {
		await this.row(this.rest);
		this.rest = '';
	}

	abandon(): void {
		this.rest = '';
	}

	private async row(given: string): Promise<void> {
		this.line += 1;
		if (this.skipping) {
			this.skipping = false;
			return;
		}
		const text = given.trim();
		if (text === '') return;
		if (text.length > LONGEST_OWN_ROW) return this.sink.reject(this.line, MUCH_TOO_LONG);
		if (text.includes('\uFFFD')) return this.sink.reject(this.line, NOT_UNICODE);
		let value: JsonValue;
		try {
			value = JSON.parse(text) as JsonValue;
		} catch {
			return this.sink.reject(this.line, 'The line is not valid JSON. NDJSON has one whole object a line.');
		}
		if (!isJsonObject(value)) return this.sink.reject(this.line, 'The line is not a JSON object.');
		if (text.length > LONGEST_ROW && !this.isOwn(value)) return this.sink.reject(this.line, TOO_LONG);
		await this.sink.take({ line: this.line, values: value, size: text.length });
	}
}

const TOO_LONG = 'The line is longer than 128 KB.';
const MUCH_TOO_LONG = 'The line is longer than 2 MB.';
