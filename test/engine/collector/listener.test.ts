import { request as httpRequest } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';

import { ENGINE_SOURCES } from '../../../engine/events/types';
import { basic, configured, sentMessage, startParts, storedEvents, WRITE_KEY, type Parts } from './parts';

describe("the collector's own listener", () => {
	let parts: Parts;
	beforeEach(async () => {
		parts = await startParts('sqlite');
	});
	afterEach(() => parts.close());

	const send = (port: number | null, path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', ...init });

	it('serves its routes with and without /v1, and behind a prefix of a reverse proxy', async () => {
		const port = await configured(parts, 0);
		const init = (event: string): RequestInit => ({ method: 'POST', headers: { authorization: basic(WRITE_KEY) }, body: JSON.stringify({ userId: 'u1', event }) });

		const statuses = [
			(await send(port, '/v1/track', init('a'))).status, (await send(port, '/track', init('b'))).status,
			(await send(port, '/journeys/v1/track/', init('c'))).status, (await send(port, '/health')).status, (await send(port, '/')).status,
		];

		expect(statuses).toEqual([200, 200, 200, 200, 404]);
		expect((await storedEvents(parts.store)).map((event) => event.name)).toEqual(['a', 'b', 'c']);
	});

	it('serves pictures, redirects and pages over the wire', async () => {
		await sentMessage(parts.store, { id: 'm1', profile: 1 });
		const port = await configured(parts, 0);

		const open = await send(port, `/open?t=${await parts.token({ k: 'o', m: 'm1' })}`);
		const click = await send(port, `/click?t=${await parts.token({ k: 'c', m: 'm1', u: 'https://shop.example/?a=1&b=2', l: 0 })}`);
		const head = await send(port, `/unsubscribe?t=${await parts.token({ k: 'u', m: 'm1' })}`, { method: 'HEAD' });
		const preflight = await send(port, '/v1/track', { method: 'OPTIONS' });

		expect([open.status, (await open.arrayBuffer()).byteLength]).toEqual([200, 42]);
		expect([click.status, click.headers.get('location')]).toEqual([302, 'https://shop.example/?a=1&b=2']);
		expect([head.status, await head.text()]).toEqual([200, '']);
		expect(preflight.status).toBe(204);
	});

	it('answers a body that is too large instead of cutting the connection', async () => {
		const port = await configured(parts, 0);

		const response = await send(port, '/v1/batch', { method: 'POST', headers: { authorization: basic(WRITE_KEY) }, body: 'x'.repeat(3_000_000) });

		expect(response.status).toBe(400);
		expect(await response.json()).toMatchObject({ code: 'too_large' });
	});

	it('survives a client that goes away in the middle of its body, and one that speaks no HTTP', async () => {
		const port = await configured(parts, 0);
		const half = httpRequest({ port: port ?? 0, host: '127.0.0.1', method: 'POST', path: '/v1/batch', headers: { 'content-length': 1000 } });
		half.on('error', () => undefined);
		half.write('{"batch":');
		half.destroy();
		const noise = connect(port ?? 0, '127.0.0.1');
		noise.resume().end('\x16\x03\x01 this is no HTTP\r\n\r\n');
		await once(noise, 'close');

		expect((await send(port, '/health')).status).toBe(200);
	});

	it('says what to do when the port is taken, and keeps the configuration that worked', async () => {
		await configured(parts);
		const other = createServer();
		other.listen(0, '127.0.0.1');
		await once(other, 'listening');
		const { port } = other.address() as AddressInfo;

		const refused = parts.collector.configure({ writeKeys: { other: 'other' }, publicUrl: 'https://t.example.com', port, host: '127.0.0.1', workflow: 'workflow-c' });

		await expect(refused).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(/Choose another port/) as string });
		expect((await parts.settings.collectors()).collectors[0]).toMatchObject({ port: null, publicUrl: 'https://t.example.com' });
		other.close();
	});

	it('keeps listening without a break when it is configured the same way again, and shares a port between workflows', async () => {
		const free = await configured(parts, 0);
		await parts.collector.remove('workflow-c');
		const config = { writeKeys: { [WRITE_KEY]: 'shop' }, publicUrl: 'https://t.example.com', port: free, host: '127.0.0.1' };

		const first = await parts.collector.configure({ ...config, workflow: 'one' });
		const again = await parts.collector.configure({ ...config, workflow: 'one' });
		await parts.collector.configure({ ...config, workflow: 'two' });
		await parts.collector.remove('one');
		const shared = (await send(free, '/health')).status;
		await parts.collector.remove('two');

		expect([first, again]).toEqual(Array(2).fill({ listening: true, port: free }));
		expect(shared).toBe(200);
		await expect(send(free, '/health')).rejects.toThrow();
	});

	it('moves to another port, and to none', async () => {
		const before = await configured(parts, 0);
		const busy = createServer();
		busy.listen(0, '127.0.0.1');
		await once(busy, 'listening');
		const { port: next } = busy.address() as AddressInfo;
		await new Promise((resolve) => busy.close(resolve));

		const moved = await configured(parts, next);

		expect(moved).toBe(next);
		await expect(send(before, '/health')).rejects.toThrow();
		expect((await send(next, '/health')).status).toBe(200);
		expect(await configured(parts, null)).toBeNull();
		await expect(send(next, '/health')).rejects.toThrow();
	});

	it('finishes a request in flight before it closes', async () => {
		const port = await configured(parts, 0);
		const call = httpRequest({ port: port ?? 0, host: '127.0.0.1', method: 'POST', path: '/v1/track', headers: { authorization: basic(WRITE_KEY) } });
		const response = once(call, 'response') as Promise<Array<{ statusCode: number; resume(): void }>>;
		call.write('{"userId":"u1",');
		await new Promise((resolve) => call.on('socket', (socket) => (socket.connecting ? socket.once('connect', resolve) : resolve(undefined))));
		await send(port, '/health');

		const closing = parts.collector.close();
		call.end('"event":"last"}');
		const [answer] = await response;
		answer?.resume();
		await closing;

		expect(answer?.statusCode).toBe(200);
		expect((await storedEvents(parts.store)).map((event) => event.name)).toEqual(['last']);
	});

	it.each([
		['a public address without a scheme', { publicUrl: 't.example.com' }, /full http/],
		['a public address with a query', { publicUrl: 'https://t.example.com/?a=1' }, /without query/],
		['no write key', { writeKeys: {} }, /needs a write key/],
		['an empty write key', { writeKeys: { ' ': 'shop' } }, /needs a write key/],
		['a port that is none', { port: 70_000 }, /not a port/],
		['an address of another machine', { host: '192.0.2.1', port: 0 }, /no address of this machine/],
	])('refuses %s and says what to correct', async (_what, wrong, message) => {
		const refused = parts.collector.configure({ writeKeys: { k: 'shop' }, publicUrl: 'https://t.example.com', port: null, workflow: 'w', ...wrong } as Parameters<Parts['collector']['configure']>[0]);

		await expect(refused).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(message) as string });
	});

	it.each(ENGINE_SOURCES)('refuses the source "%s", which is the engine\'s own: its message ids could be used up', async (source) => {
		const refused = parts.collector.configure({ writeKeys: { [WRITE_KEY]: ` ${source} ` }, publicUrl: 'https://t.example.com', port: null, workflow: 'w' });

		await expect(refused).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(/another source name/) as string });
	});

	it('keeps write keys only as hashes', async () => {
		await configured(parts);

		expect(JSON.stringify(await parts.settings.collectors())).not.toContain(WRITE_KEY);
	});
});
