/**
 * Copies of all byte arrays in a call's arguments or result, and the buffers to hand over with them.
 * A plain clone of a view copies the whole buffer behind it: of a 64 KB chunk of a 16 MB file all 16 MB, of a small Buffer
 * Node's shared pool with other people's bytes. Handing over the caller's own buffer would empty it in the caller's hands,
 * and a call that has to be repeated would send nothing. So: one copy of just the bytes seen, handed over.
 */
export function withOwnBytes(value: unknown): { value: unknown; transfer: ArrayBuffer[] } {
	const transfer: ArrayBuffer[] = [];
	return { value: copied(value, transfer, 0), transfer };
}

/** Bytes sit at the top (importChunk), one object down (a request's body), or in a list there (the files of a batch of mails); deeper there are only plain rows. */
const DEPTH = 2;

function copied(value: unknown, transfer: ArrayBuffer[], depth: number): unknown {
	if (value instanceof Uint8Array) {
		const own = new Uint8Array(value.byteLength);
		own.set(value);
		transfer.push(own.buffer);
		return own;
	}
	if (isBytesList(value)) return value.map((entry) => copied(entry, transfer, depth + 1));
	if (depth >= DEPTH || typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) return depth === 0 ? value.map((entry) => copied(entry, transfer, depth + 1)) : value;
	if (!Object.values(value).some((entry) => entry instanceof Uint8Array || isBytesList(entry))) return value;
	return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copied(entry, transfer, depth + 1)]));
}

function isBytesList(value: unknown): value is Uint8Array[] {
	return Array.isArray(value) && value[0] instanceof Uint8Array;
}
