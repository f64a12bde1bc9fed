import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { runInNewContext } from 'node:vm';

import { createHttpClient, failureOf, type HttpClient } from '../../../engine/channels/http';
import { redacted } from '../../../engine/channels/redact';
import { localhostCertificate } from './certificate';
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

function clientOf(baseUrl: string, timeoutMs = 20_000): HttpClient {
	return createHttpClient({ service: 'Postino', baseUrl, headers: { authorization: `Bearer ${KEY}` }, connections: 2, timeoutMs, secrets: [KEY], unclear503: true });
}

/** Whether so much time is over, by the same event loop: a busy machine makes all of its timers late, and none overtakes another. */
function before(ms: number): () => boolean {
	let over = false;
	const timer = setTimeout(() => (over = true), ms);
	return () => {
		clearTimeout(timer);
		return over;
	};
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
		[407, 'account', 'account'], [410, 'account', 'account'], [426, 'account', 'account'], [421, 'transient', 'transient'],
		[408, 'transient', 'transient'], [429, 'transient', 'transient'],
		// It may have sent before it failed.
		[500, 'ambiguous', 'transient'], [502, 'ambiguous', 'transient'], [503, 'ambiguous', 'transient'], [504, 'ambiguous', 'transient'],
		[200, 'ambiguous', 'ambiguous'],
	])('%i: %s, %s', async (status, plain, keyed) => {
		expect((await outcome({ status, json: {} })).kind).toBe(plain);
		expect((await outcome({ status, json: {} }, true)).kind).toBe(keyed);
	});

	it('503: not taken where the service documents it so, or says when to come again', async () => {
		const documented = createHttpClient({ service: 'Postino', baseUrl: service.url, connections: 1, timeoutMs: 1_000, secrets: [], unclear503: false });
		service.answer = { status: 503, text: '' };
		const result = await documented.call({ method: 'POST', path: '/send' });
		documented.close();
		expect(documented.outcomeOf(result, { personal: [], idempotent: false })).toMatchObject({ kind: 'transient' });
		expect(await outcome({ status: 503, json: {}, headers: { 'retry-after': '5' } })).toMatchObject({ kind: 'transient', retryAfterMs: 5_000 });
	});

	it('a connection that ends, or stays silent, after the whole request', async () => {
		expect((await outcome('drop')).kind).toBe('ambiguous');
		expect((await outcome('drop', true)).kind).toBe('transient');
		client = clientOf(service.url, 4_000);
		expect((await outcome('silence')).kind).toBe('ambiguous');
		expect(service.calls).toHaveLength(3);
	});
});

it('waits no longer than a call allows', async () => {
	service.answer = 'silence';
	const over = before(10_000);
	expect(await client.call({ method: 'POST', path: '/', timeoutMs: 1_000 })).toMatchObject({ kind: 'failure', phase: 'lost' });
	expect(over()).toBe(false);
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

it('reads a page in place of an answer once, however long a word of it is: the engine does nothing else meanwhile', () => {
	const page = `ann@example.com <img src="data:image/png;base64,${'A'.repeat(4_000_000)}">`;
	// It takes some milliseconds; read anew from each letter, it took hours.
	const reason = runInNewContext('read()', { read: () => redacted(page, ['bea@example.com'], [KEY]) }, { timeout: 30_000 }) as string;
	expect(reason).toMatch(/^\[address\] <img src="data:image\/png;base64,A+…$/);
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
		['lost', 'drop'], ['failed', { status: 500, text: '' }], ['refused by who knows whom', { status: 503, text: '' }], ['not done yet', { status: 409, json: {} }],
	] as Array<[string, Answer]>)('is made again with the same bytes when it was %s', async (_what, first) => {
		expect(await call(first, { status: 200, json: { id: 'x' } })).toMatchObject({ status: 200, body: { id: 'x' } });
		expect(new Set(service.calls.map(({ headers, body }) => `${headers['idempotency-key']} ${body.toString()}`))).toEqual(new Set(['k {"n":1}']));
		expect(service.calls).toHaveLength(2);
	});

	it('is made three times at most and within its time, and once where the answer is clear', async () => {
		client = clientOf(service.url, 6_000);
		const over = before(6_000);
		expect(await call('silence', 'silence', 'silence', { status: 200, json: {} })).toMatchObject({ kind: 'failure', phase: 'lost' });
		expect(over()).toBe(false);
		expect(service.calls).toHaveLength(3);
		service.calls.length = 0;
		expect(await call({ status: 429, json: {} })).toMatchObject({ status: 429 });
		expect(service.calls).toHaveLength(1);
	});

	it.each([[429], [503], [408], [301], [401], [402], [403], [404], [405], [413]])('that was lost stays so whatever the %s says that comes after it: it says nothing of this message', async (status) => {
		expect(await call('drop', { status, json: {} }, { status, json: {} })).toMatchObject({ kind: 'failure', phase: 'lost' });
	});

	it.each([[200], [202], [400], [422]])('that was lost is settled by %s', async (status) => {
		expect(await call('drop', { status, json: {} })).toMatchObject({ status });
	});

	it('that was lost is settled by a conflict that is not "not yet"', async () => {
		const answers: Answer[] = ['drop', { status: 409, json: {} }];
		service.answer = () => answers.shift() ?? 'drop';
		expect(await client.call({ method: 'POST', path: '/send', repeatWhen: () => false })).toMatchObject({ status: 409 });
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

describe('a connection that does not come about', () => {
	const callOnce = async (url: string) => {
		const nobody = clientOf(url, 2_000);
		const over = before(1_950);
		const result = await nobody.call({ method: 'POST', path: '/', body: { n: 1 } });
		nobody.close();
		return { result, inTime: !over() };
	};

	it('is given up before the call\'s time is over, and certainly nothing was sent: nobody takes it from a full queue', async () => {
		const { port, close } = await fullQueue();
		const { result, inTime } = await callOnce(`http://127.0.0.1:${port}`);
		await close();
		expect(result).toEqual({ kind: 'failure', phase: 'refused', code: 'ETIMEDOUT' });
		expect(inTime).toBe(true);
	});

	it.each([
		['silent', 'refused', 'ETIMEDOUT', () => undefined], ['ended', 'refused', 'ECONNRESET', (socket: Socket) => socket.destroy()],
		['no TLS', 'misconfigured', 'EPROTO', (socket: Socket) => socket.end('220 mail.example ESMTP\r\n')],
	] as const)('nor does its handshake: %s', async (_what, phase, code, answer) => {
		const sockets: Socket[] = [];
		const server = createServer((socket) => {
			sockets.push(socket);
			socket.on('error', () => undefined).once('data', () => answer(socket));
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const { result, inTime } = await callOnce(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
		for (const socket of sockets) socket.destroy();
		server.close();
		expect(result).toEqual({ kind: 'failure', phase, code });
		expect(inTime).toBe(true);
	});

	it('unlike one that breaks after TLS was agreed on: the message may have left', async () => {
		const trusted = localhostCertificate(Date.now());
		const before = getCACertificates();
		setDefaultCACertificates([trusted.cert]);
		const server = createTlsServer(trusted, (socket) => void socket.on('error', () => undefined).once('data', () => socket.destroy()));
		await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
		const { result } = await callOnce(`https://localhost:${(server.address() as AddressInfo).port}`);
		setDefaultCACertificates(before);
		server.close();
		expect(result).toEqual({ kind: 'failure', phase: 'lost', code: 'ECONNRESET' });
	});

	it('because all are busy until the call\'s time is over: nothing was sent', async () => {
		const single = createHttpClient({ service: 'Postino', baseUrl: service.url, connections: 1, timeoutMs: 4_000, secrets: [] });
		service.answer = 'silence';
		const first = single.call({ method: 'POST', path: '/first' });
		const second = single.call({ method: 'POST', path: '/second', timeoutMs: 2_000 });
		expect(await Promise.all([first, second])).toMatchObject([{ phase: 'lost' }, { phase: 'refused' }]);
		single.close();
		expect(service.calls.map(({ path }) => path)).toEqual(['/first']);
	});

	it('ends within the call\'s time, however often it is tried', async () => {
		const single = createHttpClient({ service: 'Postino', baseUrl: `http://127.0.0.1:${await freePort()}`, connections: 1, timeoutMs: 500, secrets: [] });
		const over = before(900);
		expect(await single.call({ method: 'POST', path: '/' })).toMatchObject({ phase: 'refused' });
		single.close();
		expect(over()).toBe(false);
	});
});

describe('what an error of the system means', () => {
	const failed = (code: string, syscall: string): Error => Object.assign(new Error(code), { code, syscall });
	const several = (...errors: Error[]): Error => Object.assign(new AggregateError(errors), { code: 'ETIMEDOUT' });
	const by = (cause: Error) => failureOf(Object.assign(new Error('axios'), { code: (cause as Error & { code?: string }).code, cause }));

	it.each([
		['no address of several', several(failed('ETIMEDOUT', 'connect'), failed('ENETUNREACH', 'connect')), 'refused'],
		['several, one of which broke later', several(failed('ETIMEDOUT', 'connect'), failed('ECONNRESET', 'read')), 'lost'],
		['none at all', several(), 'lost'],
		['no route', failed('EHOSTUNREACH', 'connect'), 'refused'],
		['a route that went away', failed('EHOSTUNREACH', 'read'), 'lost'],
		['a network that went away', failed('ENETUNREACH', 'write'), 'lost'],
		['no such name', failed('ENOTFOUND', 'getaddrinfo'), 'misconfigured'],
		['no name server', failed('EAI_AGAIN', 'getaddrinfo'), 'refused'],
		['TLS that broke in the middle', failed('EPROTO', 'write'), 'lost'],
		['an address that is none', failed('ERR_INVALID_URL', ''), 'misconfigured'],
	])('%s', (_what, error, phase) => {
		expect(by(error).phase).toBe(phase);
		expect(failureOf(error).phase).toBe(phase);
	});
});

/** A listening port whose queue of connections is full: its process takes none. */
async function fullQueue(): Promise<{ port: number; close(): Promise<void> }> {
	const listen = 'const s = require("node:net").createServer(); s.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => { require("node:fs").writeSync(1, String(s.address().port)); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); });';
	const child = spawn(process.execPath, ['-e', listen], { stdio: ['ignore', 'pipe', 'inherit'] });
	const [said] = (await once(child.stdout, 'data')) as [Buffer];
	const port = Number(said.toString());
	const waiting = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
	await Promise.all(waiting.slice(0, 2).map((socket) => once(socket, 'connect')));
	return {
		port,
		close: async () => {
			for (const socket of waiting) socket.destroy();
			child.kill('SIGKILL');
			await once(child, 'exit');
		},
	};
}
