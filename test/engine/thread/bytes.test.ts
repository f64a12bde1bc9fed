import { withOwnBytes } from '../../../engine/thread/bytes';

describe('bytes on their way to the engine thread', () => {
	it('are copied alone, out of a memory that holds those of other people, and stay with the caller', () => {
		const pool = Buffer.from('a secret of somebody else|hello|more');
		const seen = new Uint8Array(pool.buffer, pool.byteOffset + 26, 5);
		const request = { items: [{ index: 0 }], files: [seen, new Uint8Array([1])] };

		const { value, transfer } = withOwnBytes([request]);

		const [{ files, items }] = value as [typeof request];
		expect(files.map((file) => Buffer.from(file).toString())).toEqual(['hello', '\u0001']);
		expect(files.map(({ buffer }) => buffer.byteLength)).toEqual([5, 1]);
		expect(transfer).toEqual(files.map(({ buffer }) => buffer));
		expect(items).toBe(request.items);
		structuredClone(value, { transfer });
		expect(Buffer.from(seen).toString()).toBe('hello');
	});

	it('of a list without any are left as they are', () => {
		const request = { items: [{ index: 0 }], files: [] };

		expect(withOwnBytes([request])).toEqual({ value: [request], transfer: [] });
	});
});
