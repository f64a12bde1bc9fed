import { gzipSync } from 'node:zlib';

import { DATABASES, TEST_START_MS } from '../databases';
import { answered, basic, configured, post, request, startParts, storedEvents, WRITE_KEY, type Parts } from './parts';

const track = (more: object = {}): object => ({ type: 'track', userId: 'u1', event: 'Order Completed', ...more });

describe.each(DATABASES)('the collector on %s', (kind) => {
	let parts: Parts;
	beforeEach(async () => {
		parts = await startParts(kind);
		await configured(parts);
	});
	afterEach(() => parts.close());

	it('takes single calls with the write key in the header or in the body', async () => {
		const responses = [
			await parts.collector.handle(post('track', { userId: 'u1', event: 'A' })),
			await parts.collector.handle(post('track', { userId: 'u1', event: 'B', writeKey: WRITE_KEY }, { authorization: '' })),
			await parts.collector.handle(post('identify', { userId: 'u1', traits: { plan: 'pro' } })),
		];

		expect(responses.map((response) => [response.status, answered(response)])).toEqual(Array(3).fill([200, { success: true }]));
		expect((await storedEvents(parts.store)).map((event) => event.name)).toEqual(['A', 'B']);
	});

	it('unpacks a gzip body, also one that n8n has unpacked already while the header stayed', async () => {
		const body = JSON.stringify({ batch: [track()] });

		const packed = await parts.collector.handle(post('batch', gzipSync(body), { 'content-encoding': 'gzip' }));
		const unpacked = await parts.collector.handle(post('batch', body, { 'content-encoding': 'gzip' }));
		const bomb = await parts.collector.handle(post('batch', gzipSync(Buffer.alloc(50_000_000)), { 'content-encoding': 'gzip' }));
		const broken = await parts.collector.handle(post('batch', gzipSync(body).subarray(0, 20)));

		expect([packed.status, unpacked.status, bomb.status, broken.status]).toEqual([200, 200, 400, 400]);
		expect([answered(bomb).code, answered(broken).code]).toEqual(['too_large', 'invalid_gzip']);
		expect(await storedEvents(parts.store)).toHaveLength(2);
	});

	it('names the messages that cannot be used by their place in the batch, and takes the others', async () => {
		const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`) as object;
		const batch = [
			track({ event: 'first' }), { type: 'track', userId: 'u1' }, { type: 'page', userId: 'u1' }, 'nonsense', track({ userId: undefined }),
			track({ properties: [1] }), { type: 'dance', userId: 'u1' }, track({ properties: { blob: 'x'.repeat(40_000) } }),
			track({ event: 'last', properties: { odd: 'a\u0000b\ud800' } }),
		];
		// Written by hand: the writer of JSON runs out of stack where the reader does not.
		const body = `{"batch":[${batch.map((message) => JSON.stringify(message)).join()},{"type":"track","userId":"u1","event":"deep","properties":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}]}`;
		expect(() => JSON.stringify(deep)).toThrow(RangeError);

		const response = await parts.collector.handle(post('batch', body));

		expect(response.status).toBe(200);
		const answer = answered(response) as { rejected: Array<{ index: number; reason: string }> };
		expect(answer).toMatchObject({ success: true, rejectedTotal: 7 });
		expect(answer.rejected.map(({ index }) => index)).toEqual([1, 3, 4, 5, 6, 7, 9]);
		expect((await storedEvents(parts.store)).map((event) => event.name)).toEqual(['first', 'Page Viewed', 'last']);
	});

	it('says where JSON is malformed without repeating what was sent', async () => {
		const body = '{"batch": [\n  {"type": "track", "userId": "secret@example.com" "event": "A"}\n]}';

		const response = await parts.collector.handle(post('batch', body));

		expect(response.status).toBe(400);
		expect(answered(response)).toMatchObject({ success: false, code: 'malformed_json' });
		expect(answered(response).message).toContain('line 2, column 52');
		expect(String(response.body)).not.toContain('secret@example.com');
	});

	it.each([
		['an empty body', '', 'empty_body'],
		['text', 'hello', 'malformed_json'],
		['half a batch', '{"batch": [{"type": "tra', 'malformed_json'],
		['a comma too many', '{"batch": [],}', 'malformed_json'],
		['a list', '[]', 'not_an_object'],
		['no batch', '{}', 'no_batch'],
		['a batch that is no list', '{"batch": {}}', 'no_batch'],
	])('refuses %s with a clear code', async (_what, body, code) => {
		const response = await parts.collector.handle(post('batch', body));

		expect([response.status, answered(response).code]).toEqual([400, code]);
	});

	it('refuses more than 500 KB a batch and 32 KB a message', async () => {
		const large = { batch: Array.from({ length: 20 }, () => track({ properties: { blob: 'x'.repeat(30_000) } })) };

		const batch = await parts.collector.handle(post('batch', large));
		const single = await parts.collector.handle(post('track', track({ properties: { blob: 'x'.repeat(33_000) } })));

		expect([batch.status, single.status]).toEqual([400, 400]);
		expect([answered(batch).code, answered(single).code]).toEqual(['too_large', 'too_large']);
		expect(await storedEvents(parts.store)).toEqual([]);
	});

	it.each([
		['none', ''],
		['a wrong one', basic('wrong')],
		['one that only starts right', basic(WRITE_KEY.slice(0, -1))],
		['one in no known form', `Bearer ${WRITE_KEY}`],
	])('answers 401 to a write key that is %s', async (_what, authorization) => {
		const response = await parts.collector.handle(post('track', { userId: 'u1', event: 'A' }, { authorization }));

		expect([response.status, answered(response).code]).toEqual([401, 'unknown_write_key']);
		expect(await storedEvents(parts.store)).toEqual([]);
	});

	it('says what to do when no collector is published', async () => {
		await parts.collector.remove('workflow-c');

		const response = await parts.collector.handle(post('track', { userId: 'u1', event: 'A' }));

		expect(response.status).toBe(401);
		expect(answered(response).message).toMatch(/Journey Collector Trigger/);
	});

	it('corrects a wrong clock by the time of sending, and leaves an exact time exact', async () => {
		const minutes = (n: number): string => new Date(TEST_START_MS + n * 60_000).toISOString();

		await parts.collector.handle(post('batch', { sentAt: minutes(-120), batch: [track({ event: 'behind', timestamp: minutes(-125) })] }));
		await parts.collector.handle(post('batch', { sentAt: minutes(120), batch: [track({ event: 'ahead', timestamp: minutes(110) })] }));
		await parts.collector.handle(post('batch', { sentAt: new Date(TEST_START_MS - 900).toISOString(), batch: [track({ event: 'right', timestamp: minutes(-3) })] }));
		await parts.collector.handle(post('track', track({ event: 'no zone', timestamp: '2026-03-02T08:00:00' })));
		await parts.collector.handle(post('track', track({ event: 'unreadable', timestamp: 'yesterday' })));

		expect((await storedEvents(parts.store)).map(({ name, occurred_at }) => [name, (occurred_at - TEST_START_MS) / 60_000])).toEqual([
			['behind', -5], ['ahead', -10], ['right', -3], ['no zone', -60], ['unreadable', 0],
		]);
	});

	it('never takes engine-only fields from outside', async () => {
		await parts.collector.handle(post('track', track({ profileId: 99, message: 'm1', enrollment: 5 })));

		const [event] = await storedEvents(parts.store);
		expect(event).toMatchObject({ message: null, enrollment: null });
		expect(event?.profile).not.toBe(99);
	});

	it('answers a browser that asks whether it may send', async () => {
		const response = await parts.collector.handle(request('OPTIONS', 'track', { headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' } }));

		expect(response.status).toBe(204);
		expect(response.headers).toMatchObject({ 'access-control-allow-origin': '*', 'access-control-allow-headers': expect.stringContaining('authorization') as string });
		const sent = await parts.collector.handle(post('track', track()));
		expect(sent.headers['access-control-allow-origin']).toBe('*');
	});

	it('asks the sender to come again, and logs no personal data, when the events cannot be stored', async () => {
		await parts.store.close();

		const response = await parts.collector.handle(post('track', { userId: 'secret@example.com', event: 'A' }));

		expect(response.status).toBe(503);
		expect(response.headers['retry-after']).toBe('5');
		expect(parts.logged).toHaveLength(1);
		expect(parts.logged.join()).not.toContain('secret@example.com');
	});
});
