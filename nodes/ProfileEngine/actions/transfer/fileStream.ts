import { Readable } from 'node:stream';

/** Bytes that come piece by piece as the stream that n8n stores: the next piece is asked for when the last is written. */
export function streamOf(pieces: AsyncIterable<Uint8Array>): Readable {
	return Readable.from(buffers(pieces), { objectMode: false });
}

async function* buffers(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
	for await (const piece of pieces) {
		// A stream of bytes ends at an empty piece; an export may have some in between.
		if (piece.length > 0) yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
	}
}
