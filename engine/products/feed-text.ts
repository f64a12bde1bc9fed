import { createGunzip, type Gunzip } from 'node:zlib';
import { TextDecoder } from 'node:util';

import { encodingOf } from '../csv';
import { EngineError } from '../kernel';

/** Bytes that decide on the encoding, where there are so many: an XML declaration stands in them, and letters of an old encoding most likely do. */
const HEAD = 32 * 1024;
/** Unpacked. A few MB can hold terabytes of nothing. */
const MOST_UNPACKED = 8 * 1024 * 1024 * 1024;

/**
 * A feed's bytes in any pieces to its text: unpacked where they are gzip, whatever the file is called; by the byte order mark, else the encoding that an XML declaration names
 * (https://www.w3.org/TR/xml/#charencoding), else UTF-8, else, where it is none, the Windows-1252 that spreadsheets save. `take` is called in order and waited for. Throws BAD_INPUT.
 */
export class FeedText {
	private readonly text: Decoded;
	private start: Buffer | null = Buffer.alloc(0);
	private unpacking: Unpacking | undefined;

	constructor(take: (text: string) => Promise<void>) {
		this.text = new Decoded(take);
	}

	async write(bytes: Uint8Array): Promise<void> {
		let piece: Uint8Array = bytes;
		if (this.start !== null) {
			this.start = Buffer.concat([this.start, bytes]);
			if (this.start.length < 2) return;
			if (this.start[0] === 0x1f && this.start[1] === 0x8b) this.unpacking = new Unpacking((unpacked) => this.text.write(unpacked));
			[piece, this.start] = [this.start, null];
		}
		await (this.unpacking === undefined ? this.text.write(piece) : this.unpacking.write(piece));
	}

	async end(): Promise<void> {
		if (this.start !== null) await this.text.write(this.start);
		await this.unpacking?.end();
		await this.text.end();
	}
}

class Decoded {
	private head: Buffer = Buffer.alloc(0);
	private decoder: TextDecoder | undefined;

	constructor(private readonly take: (text: string) => Promise<void>) {}

	async write(bytes: Uint8Array): Promise<void> {
		if (this.decoder !== undefined) return await this.take(this.decoder.decode(bytes, { stream: true }));
		this.head = Buffer.concat([this.head, bytes]);
		if (this.head.length >= HEAD) await this.open();
	}

	async end(): Promise<void> {
		if (this.decoder === undefined) await this.open();
		await this.take(this.decoder?.decode() ?? '');
	}

	private async open(): Promise<void> {
		this.decoder = new TextDecoder(namedIn(this.head) ?? encodingIn(this.head));
		const head = this.head;
		this.head = Buffer.alloc(0);
		await this.take(this.decoder.decode(head, { stream: true }));
	}
}

/** What an XML declaration says, where it says one that there is. */
function namedIn(head: Buffer): string | undefined {
	if (encodingOf(head) !== 'utf-8') return undefined;
	const name = /^(?:\xef\xbb\xbf)?\s*<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/.exec(head.subarray(0, 256).toString('latin1'))?.[1];
	// A file that can be read as text at all is not in UTF-16, whatever it says.
	if (name === undefined || /^utf-?(8|16)/i.test(name)) return undefined;
	try {
		return new TextDecoder(name).encoding;
	} catch {
		return undefined;
	}
}

function encodingIn(head: Buffer): string {
	const byMark = encodingOf(head);
	if (byMark !== 'utf-8') return byMark;
	try {
		new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
		return byMark;
	} catch {
		return 'windows-1252';
	}
}

/** Takes no more in than what comes out is taken, so that a small file that holds a huge one costs no memory. */
class Unpacking {
	private readonly stream: Gunzip = createGunzip();
	private readonly done: Promise<void>;
	private failed: unknown;

	constructor(take: (bytes: Uint8Array) => Promise<void>) {
		this.done = this.pass(take).catch((error: unknown) => {
			this.failed = error;
			this.stream.destroy();
		});
	}

	async write(bytes: Uint8Array): Promise<void> {
		if (this.failed === undefined) await Promise.race([new Promise<void>((resolve) => void this.stream.write(bytes, () => resolve())), this.done]);
		this.throwFailed();
	}

	async end(): Promise<void> {
		this.stream.end();
		await this.done;
		this.throwFailed();
	}

	private async pass(take: (bytes: Uint8Array) => Promise<void>): Promise<void> {
		let size = 0;
		for await (const piece of this.stream as AsyncIterable<Uint8Array>) {
			size += piece.byteLength;
			if (size > MOST_UNPACKED) throw new EngineError('BAD_INPUT', `The feed has more than ${MOST_UNPACKED / 1024 ** 3} GB once it is unpacked. Nothing was changed. Split it into several feeds.`);
			await take(piece);
		}
	}

	private throwFailed(): void {
		if (this.failed === undefined) return;
		if (this.failed instanceof EngineError) throw this.failed;
		throw new EngineError('BAD_INPUT', 'The feed begins like a gzip file but cannot be unpacked: it is damaged or was not received in whole. Nothing was changed. Get it again.');
	}
}
