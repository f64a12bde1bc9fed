import { TextDecoder } from 'node:util';

import { encodingOf } from '../csv';
import { EngineError } from '../kernel';
import type { TransferFormat } from './types';

const DELIMITERS = [',', ';', '\t', '|'];
const LONGEST_HEADER = 64 * 1024;

export interface TextOptions {
	format?: TransferFormat;
	delimiter?: string;
	encoding?: string;
}

/**
 * Bytes of a file to text (in the encoding that is given, else UTF-8, or UTF-16 by its byte order mark), holding back the start
 * until the format and, of a CSV file, the delimiter are known. Throws BAD_INPUT for an encoding that does not exist.
 */
export class TransferText {
	format: TransferFormat | undefined;
	delimiter: string;
	private readonly label: string | undefined;
	private readonly findDelimiter: boolean;
	private decoder: TextDecoder | undefined;
	private head: string | undefined = '';
	private first: Uint8Array = new Uint8Array(0);

	constructor(options: TextOptions) {
		this.format = options.format;
		this.delimiter = options.delimiter ?? ',';
		this.findDelimiter = options.delimiter === undefined || options.delimiter === ',';
		this.label = options.encoding === undefined || options.encoding === '' ? undefined : options.encoding;
		if (this.label !== undefined) decoderOf(this.label);
		if (options.format === 'csv' && !this.findDelimiter) this.head = undefined;
	}

	/** Text to parse; null while the start is not whole. */
	decode(bytes: Uint8Array): string | null {
		if (this.decoder === undefined) {
			this.first = Buffer.concat([this.first, bytes]);
			if (this.first.length < 3) return null;
			this.decoder = decoderOf(this.label ?? encodingOf(this.first));
			return this.release(this.decoder.decode(this.first, { stream: true }), false);
		}
		return this.release(this.decoder.decode(bytes, { stream: true }), false);
	}

	flush(): string | null {
		const waiting = this.decoder === undefined ? this.first : new Uint8Array(0);
		this.decoder ??= decoderOf(this.label ?? encodingOf(this.first));
		return this.release(this.decoder.decode(waiting), true);
	}

	private release(text: string, last: boolean): string | null {
		if (this.head === undefined) return text;
		this.head += text;
		this.format ??= formatOf(this.head);
		const isLong = this.head.length >= LONGEST_HEADER;
		if (this.format === undefined && !last && !isLong) return null;
		this.format ??= 'csv';
		if (this.format === 'csv' && this.findDelimiter) {
			const line = firstLine(this.head);
			if (line === null && !last && !isLong) return null;
			const told = /^\s*"?sep=(.)"?\s*$/i.exec(line ?? '')?.[1];
			this.delimiter = told ?? delimiterOf(line ?? this.head.trimStart().split(/[\r\n]/, 1)[0] ?? '');
			// What tools write for Excel above the names. The line itself stays, empty, so that those behind it keep their numbers.
			if (told !== undefined) this.head = this.head.replace(/^(\s*)[^\r\n]*/, '$1');
		}
		const whole = this.head;
		this.head = undefined;
		return whole;
	}
}

function decoderOf(label: string): TextDecoder {
	try {
		return new TextDecoder(label);
	} catch {
		throw new EngineError('BAD_INPUT', `There is no encoding "${label.slice(0, 40)}". Use a name like utf-8, utf-16le, windows-1252, iso-8859-2 or shift_jis.`);
	}
}

function formatOf(text: string): TransferFormat | undefined {
	const start = text.trimStart();
	if (start === '') return undefined;
	if (/^\[\s*(\{|$)/.test(start)) throw new EngineError('BAD_INPUT', 'The file is one JSON list. Write it as NDJSON: one object a line, without brackets and commas around them.');
	return start.startsWith('{') ? 'ndjson' : 'csv';
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
