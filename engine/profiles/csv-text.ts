import { TextDecoder } from 'node:util';

const DELIMITERS = [',', ';', '\t', '|'];
const LONGEST_HEADER = 64 * 1024;

/** Bytes of a CSV file to text (UTF-8, or UTF-16 by its byte order mark), holding back the start until the delimiter is known. */
export class CsvText {
	delimiter: string;
	private decoder: TextDecoder | undefined;
	private head: string | undefined;
	private first = new Uint8Array(0);

	constructor(delimiter: string | undefined) {
		this.delimiter = delimiter ?? ',';
		this.head = delimiter === undefined || delimiter === ',' ? '' : undefined;
	}

	/** Text to parse; null while the first line is not whole. */
	decode(bytes: Uint8Array): string | null {
		if (this.decoder === undefined) {
			this.first = Buffer.concat([this.first, bytes]);
			if (this.first.length < 2) return null;
			this.decoder = new TextDecoder(encodingOf(this.first));
			return this.release(this.decoder.decode(this.first, { stream: true }), false);
		}
		return this.release(this.decoder.decode(bytes, { stream: true }), false);
	}

	flush(): string | null {
		this.decoder ??= new TextDecoder();
		return this.release(this.decoder.decode(this.first.length < 2 ? this.first : new Uint8Array(0)), true);
	}

	private release(text: string, last: boolean): string | null {
		if (this.head === undefined) return text;
		this.head += text;
		const line = firstLine(this.head);
		if (line === null && !last && this.head.length < LONGEST_HEADER) return null;
		this.delimiter = delimiterOf(line ?? this.head);
		const whole = this.head;
		this.head = undefined;
		return whole;
	}
}

function encodingOf(start: Uint8Array): string {
	if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
	return start[0] === 0xfe && start[1] === 0xff ? 'utf-16be' : 'utf-8';
}

function firstLine(text: string): string | null {
	let quoted = false;
	for (let at = 0; at < text.length; at += 1) {
		if (text[at] === '"') quoted = !quoted;
		else if (!quoted && (text[at] === '\n' || text[at] === '\r')) {
			// Empty lines before the header are skipped by the parser, too.
			if (text.slice(0, at).trim() !== '') return text.slice(0, at);
		}
	}
	return null;
}

/** The candidate that separates most in the header, outside quotes; a comma when none does. */
function delimiterOf(header: string): string {
	const bare = header.replace(/"[^"]*"/g, '');
	let best = ',';
	let most = 0;
	for (const candidate of DELIMITERS) {
		const count = bare.split(candidate).length - 1;
		if (count > most) [best, most] = [candidate, count];
	}
	return best;
}
