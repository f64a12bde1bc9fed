import { gzipSync } from 'node:zlib';

import { DATABASES } from '../databases';
import { answered, configured, post, startParts, storedEvents, type Parts } from './parts';

const BATCH = '{"batch":[{"type":"track","userId":"J\u00fcrgen","event":"A"},{"type":"track","userId":"u2","event":"B"}]}';

describe.each(DATABASES)('the encoding of what the collector receives on %s', (kind) => {
	let parts: Parts;
	beforeEach(async () => {
		parts = await startParts(kind);
		await configured(parts);
	});
	afterEach(() => parts.close());

	it.each<[string, Uint8Array]>([
		['in Latin-1', Buffer.from(BATCH, 'latin1')],
		['in Latin-1, packed', gzipSync(Buffer.from(BATCH, 'latin1'))],
		['in UTF-16', Buffer.from(`\ufeff${BATCH}`, 'utf16le')],
		['cut within a letter', Buffer.from(BATCH).subarray(0, BATCH.indexOf('\u00fc') + 1)],
		['with half of a surrogate pair', Buffer.concat([Buffer.from('{"batch":[{"type":"track","event":"A","userId":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}]}')])],
	])('a body %s gets 400 with the code not_utf8, and nothing of it is stored', async (_how, body) => {
		const response = await parts.collector.handle(post('batch', body));

		expect([response.status, answered(response).code]).toEqual([400, 'not_utf8']);
		expect(answered(response).message).toBe('The body is not valid UTF-8. Send JSON encoded as UTF-8.');
		expect(await storedEvents(parts.store)).toEqual([]);
	});

	it('UTF-8 is read letter by letter, also with a byte order mark and packed', async () => {
		const plain = await parts.collector.handle(post('batch', Buffer.from(`\ufeff${BATCH}`)));
		const packed = await parts.collector.handle(post('batch', gzipSync(BATCH)));

		expect([plain.status, packed.status]).toEqual([200, 200]);
		expect((await storedEvents(parts.store)).map(({ name, profile }) => [name, profile])).toEqual([['A', 1], ['B', 2], ['A', 1], ['B', 2]]);
	});
});
