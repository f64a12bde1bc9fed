import { TextDecoder } from 'node:util';

/** By the byte order mark; UTF-8 without one. Needs the first three bytes. */
export function encodingOf(start: Uint8Array): string {
	if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
	return start[0] === 0xfe && start[1] === 0xff ? 'utf-16be' : 'utf-8';
}

/** Bytes of a file in any pieces to text. */
export class DecodedText {
	private decoder: TextDecoder | undefined;
	private first: Uint8Array = new Uint8Array(0);

	decode(bytes: Uint8Array): string {
		if (this.decoder !== undefined) return this.decoder.decode(bytes, { stream: true });
		this.first = Buffer.concat([this.first, bytes]);
		if (this.first.length < 3) return '';
		this.decoder = new TextDecoder(encodingOf(this.first));
		return this.decoder.decode(this.first, { stream: true });
	}

	flush(): string {
		return this.decoder === undefined ? new TextDecoder(encodingOf(this.first)).decode(this.first) : this.decoder.decode();
	}
}
