import type { IExecuteFunctions } from 'n8n-workflow';

/** Larger chunks gain nothing, smaller ones cost one message to the engine's thread each. */
const CHUNK_BYTES = 256 * 1024;

/** The bytes of an item's binary field, piece by piece. Throws n8n's own error where it has none. */
export async function* fileChunks(context: IExecuteFunctions, index: number, property: string): AsyncGenerator<Uint8Array> {
	const binary = context.helpers.assertBinaryData(index, property);
	if (binary.id) {
		for await (const chunk of await context.helpers.getBinaryStream(binary.id, CHUNK_BYTES)) yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : new Uint8Array(chunk as Uint8Array);
		return;
	}
	const whole = Buffer.from(binary.data, 'base64');
	for (let start = 0; start < whole.length; start += CHUNK_BYTES) yield new Uint8Array(whole.subarray(start, start + CHUNK_BYTES));
}

/** All of it; not more than a bounded file is. */
export async function fileBytes(context: IExecuteFunctions, index: number, property: string): Promise<Uint8Array> {
	return new Uint8Array(await context.helpers.getBinaryDataBuffer(index, property));
}
