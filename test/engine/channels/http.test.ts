import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { createHttpClient, type HttpClient } from '../../../engine/channels/http';
import { httpService, type Answer, type Service } from './http-service';

const KEY = 'key-4f1d9a';
let service: Service;
let client: HttpClient;

beforeEach(async () => {
	service = await httpService();
	client = clientOf(service.url);
});

afterEach(async () => {
	client.close();
	await service.close();
});

function clientOf(baseUrl: string): HttpClient {
	return createHttpClient({ service: 'Postino', baseUrl, headers: { authorization: `Bearer ${KEY}` }, connections: 2, timeoutMs: 1_000, secrets: [KEY] });
}

async function outcome(answer: Answer, idempotent = false) {
	service.answer = answer;
	const result = await client.call({ method: 'POST', path: '/send', body: { to: 'ann@example.com' } });
	return client.outcomeOf(result, { said: `ann@example.com with ${KEY} is unknown`, personal: ['ann@example.com'], idempotent });
}

it('sends JSON, forms, bytes and multipart as what they are, with the key', async () => {
	const form = new FormData();
	form.set('to', 'ann@example.com');
	await client.call({ method: 'POST', path: '/json', query: { a: '1 2' }, body: { to: 'ä' } });
	await client.call({ method: 'POST', path: '/form', body: new URLSearchParams({ To: '+49 1' }) });
	await client.call({ method: 'PUT', path: '/bytes', headers: { 'content-type': 'message/rfc822' }, body: new Uint8Array([1, 2, 255]) });
	await client.call({ method: 'POST', path: '/multipart', body: form });
	const [json, plain, bytes, multipart] = service.calls;
	expect(json).toMatchObject({ method: 'POST', path: '/json?a=1+2', json: { to: 'ä' }, headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' } });
	expect(plain?.form.get('To')).toBe('+49 1');
	expect(plain?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
	expect([...(bytes?.body ?? [])]).toEqual([1, 2, 255]);
	expect(multipart?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
	expect(multipart?.body.toString()).toContain('name="to"\r\n\r\nann@example.com');
});

it('reads an answer that is JSON and one that is none', async () => {
	service.answer = { status: 201, json: { id: 'x' }, headers: { 'X-Id': '7' } };
	expect(await client.call({ method: 'GET', path: '/' })).toMatchObject({ kind: 'answer', status: 201, body: { id: 'x' }, headers: { 'x-id': '7' } });
	service.answer = { status: 500, text: '<html>oops' };
	expect(await client.call({ method: 'GET', path: '/' })).toMatchObject({ status: 500, body: '<html>oops' });
});

it('follows no redirect with the key in hand', async () => {
	const other = await httpService();
	expect(await outcome({ status: 302, json: {}, headers: { location: `${other.url}/elsewhere` } })).toMatchObject({ kind: 'account' });
	expect(other.calls).toEqual([]);
	await other.close();
});

describe('what an answer means where the service keeps no idempotency key, and where it does', () => {
	it.each([
		[400, 'permanent', 'permanent'], [422, 'permanent', 'permanent'], [413, 'permanent', 'permanent'],
		[401, 'account', 'account'], [402, 'account', 'account'], [403, 'account', 'account'], [404, 'account', 'account'],
		[408, 'transient', 'transient'], [429, 'transient', 'transient'], [503, 'transient', 'transient'],
		// It may have sent before it failed.
		[500, 'ambiguous', 'transient'], [502, 'ambiguous', 'transient'], [504, 'ambiguous', 'transient'],
		[200, 'ambiguous', 'ambiguous'],
	])('%i: %s, %s', async (status, plain, keyed) => {
		expect((await outcome({ status, json: {} })).kind).toBe(plain);
		expect((await outcome({ status, json: {} }, true)).kind).toBe(keyed);
	});

	it('a connection that ends, or stays silent, after the whole request', async () => {
		expect((await outcome('drop')).kind).toBe('ambiguous');
		expect((await outcome('drop', true)).kind).toBe('transient');
		expect((await outcome('silence')).kind).toBe('ambiguous');
		expect(service.calls).toHaveLength(3);
	});
});

it('waits no longer than a call allows', async () => {
	service.answer = 'silence';
	const startedMs = performance.now();
	expect(await client.call({ method: 'POST', path: '/', timeoutMs: 100 })).toMatchObject({ kind: 'failure', phase: 'lost' });
	expect(performance.now() - startedMs).toBeLessThan(900);
});

it('keeps to Retry-After in seconds and as a date, and to no more than a day', async () => {
	expect(await outcome({ status: 429, json: {}, headers: { 'retry-after': '90' } })).toMatchObject({ retryAfterMs: 90_000 });
	const soon = await outcome({ status: 503, json: {}, headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() } });
	expect(soon).toMatchObject({ retryAfterMs: expect.closeTo(60_000, -4) });
	expect(await outcome({ status: 429, json: {}, headers: { 'retry-after': '9999999' } })).toMatchObject({ retryAfterMs: 86_400_000 });
	expect(await outcome({ status: 429, json: {}, headers: { 'retry-after': 'never' } })).not.toHaveProperty('retryAfterMs');
});

it('nothing listens there: certainly not sent, after three tries; no such name: the setting is wrong', async () => {
	const port = await freePort();
	const nobody = clientOf(`http://127.0.0.1:${port}`);
	expect(nobody.outcomeOf(await nobody.call({ method: 'POST', path: '/' }), { personal: [], idempotent: false })).toMatchObject({ kind: 'transient', reason: expect.stringContaining('ECONNREFUSED') });
	const plain = clientOf(service.url.replace('http:', 'https:'));
	expect(plain.outcomeOf(await plain.call({ method: 'POST', path: '/' }), { personal: [], idempotent: false })).toMatchObject({ kind: 'account' });
	nobody.close();
	plain.close();
});

it('names no person and no secret in a reason', async () => {
	const { reason } = await outcome({ status: 400, json: {} });
	expect(reason).toContain('Postino said: [address] with [secret] is unknown');
	expect(reason).not.toMatch(/ann@|4f1d9a/);
});

it('verify says what to do about a refused key', async () => {
	service.answer = { status: 401, json: { error: 'bad key' } };
	const result = await client.call({ method: 'GET', path: '/me' });
	expect(() => client.requireOk(result, ({ body }) => (body as { error: string }).error)).toThrow(expect.objectContaining({ code: 'PROVIDER_FAILED', message: expect.stringContaining('Check the key in the credential') }));
});

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

describe('a call that the service does once however often it comes', () => {
	const call = async (...answers: Answer[]) => {
		service.answer = () => answers.shift() ?? 'drop';
		return await client.call({ method: 'POST', path: '/send', body: { n: 1 }, headers: { 'idempotency-key': 'k' }, repeatWhen: ({ status }) => status === 409 });
	};

	it.each([
		['lost', 'drop'], ['failed', { status: 500, text: '' }], ['not done yet', { status: 409, json: {} }],
	] as Array<[string, Answer]>)('is made again with the same bytes when it was %s', async (_what, first) => {
		expect(await call(first, { status: 200, json: { id: 'x' } })).toMatchObject({ status: 200, body: { id: 'x' } });
		expect(new Set(service.calls.map(({ headers, body }) => `${headers['idempotency-key']} ${body.toString()}`))).toEqual(new Set(['k {"n":1}']));
		expect(service.calls).toHaveLength(2);
	});

	it('is made three times at most and within its time, and once where the answer is clear', async () => {
		const beganAt = performance.now();
		expect(await call('silence', 'silence', 'silence', { status: 200, json: {} })).toMatchObject({ kind: 'failure', phase: 'lost' });
		expect(performance.now() - beganAt).toBeLessThan(1_500);
		expect(service.calls).toHaveLength(3);
		service.calls.length = 0;
		expect(await call({ status: 429, json: {} })).toMatchObject({ status: 429 });
		expect(service.calls).toHaveLength(1);
	});

	it.each([[429], [503], [408]])('that was lost stays so whatever the %s says that comes after it; a refusal settles it', async (status) => {
		expect(await call('drop', { status, json: {} }, { status, json: {} })).toMatchObject({ kind: 'failure', phase: 'lost' });
		expect(await call('drop', { status: 422, json: {} })).toMatchObject({ status: 422 });
	});
});

it('reads how long to wait from the service\'s own header where there is no Retry-After', async () => {
	const own = createHttpClient({ service: 'Postino', baseUrl: service.url, connections: 1, timeoutMs: 1_000, secrets: [], resetHeader: 'x-reset' });
	service.answer = { status: 429, json: {}, headers: { 'x-reset': '12' } };
	const result = await own.call({ method: 'POST', path: '/send' });
	own.close();
	expect(own.outcomeOf(result, { personal: [], idempotent: false })).toMatchObject({ kind: 'transient', retryAfterMs: 12_000 });
	expect(client.outcomeOf(result, { personal: [], idempotent: false })).not.toHaveProperty('retryAfterMs');
});
