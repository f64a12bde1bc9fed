import dns from 'node:dns/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createDownload, isPublicAddress, wholeOf } from '../../../engine/downloads';

describe('the addresses that are called for a URL', () => {
	it.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '2606:4700::1111', '[2606:4700::1111]'])('take in %s', (address) => {
		expect(isPublicAddress(address)).toBe(true);
	});

	it.each([
		'127.0.0.1', '0.0.0.0', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '224.0.0.1', '255.255.255.255', '::1', '::', '[::1]', 'fe80::1', 'fd00::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '64:ff9b::a00:1', '64:ff9b:1::a00:1', 'fec0::1', '2002:a00:1::', '2001:0:a00:1::1', 'fe80::1%eth0', 'shop.example', '',
	])('leave out %p', (address) => {
		expect(isPublicAddress(address)).toBe(false);
	});
});

describe('a download', () => {
	let server: Server;
	let base: string;
	const seen: string[] = [];
	let answer: (request: IncomingMessage, response: ServerResponse) => void;
	const options = { mostBytes: 1000, timeoutMs: 5_000 };

	beforeEach(async () => {
		seen.length = 0;
		server = createServer((request, response) => {
			seen.push(request.url ?? '');
			answer(request, response);
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		base = `http://localhost:${(server.address() as AddressInfo).port}`;
	});
	afterEach(async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});
	const get = (url: string, allowed?: (address: string) => boolean) => wholeOf(createDownload(allowed)(url, options)).then((bytes) => Buffer.from(bytes).toString());

	it('gives the bytes, over redirects too', async () => {
		answer = (request, response) => (request.url === '/a' ? response.writeHead(302, { location: '/b' }).end() : response.end('the file'));

		expect(await get(`${base}/a`, () => true)).toBe('the file');
	});

	it('calls neither a name that leads inwards, nor an address written in any way', async () => {
		answer = (_request, response) => response.end('secret');
		const port = new URL(base).port;

		for (const url of [base, `http://127.0.0.1:${port}/`, `http://2130706433:${port}/`, `http://0x7f.1:${port}/`, `http://[::ffff:127.0.0.1]:${port}/`, `http://[::1]:${port}/`]) {
			await expect(get(url)).rejects.toThrow(/private network/);
		}
		expect(seen).toEqual([]);
	});

	it('follows no redirect inwards', async () => {
		answer = (_request, response) => response.writeHead(302, { location: 'http://127.0.0.2/admin' }).end();

		await expect(get(`${base}/a`, (address) => address !== '127.0.0.2')).rejects.toThrow(/127\.0\.0\.2 is an address of a private network/);
		expect(seen).toEqual(['/a']);
	});

	it('goes by no proxy of this machine, which would look names up by itself', async () => {
		answer = (_request, response) => response.end('secret');
		process.env.http_proxy = base;
		try {
			await expect(get('http://shop.invalid/a', () => true)).rejects.toThrow(/could not be got from shop\.invalid/);
		} finally {
			delete process.env.http_proxy;
		}
		expect(seen).toEqual([]);
	});

	it('breaks off what is too long, waits no longer than it may, and says which status came, never the path with its key', async () => {
		answer = (request, response) => {
			if (request.url === '/long') response.write('x'.repeat(2000));
			else if (request.url?.startsWith('/gone') === true) response.writeHead(404).end();
		};

		await expect(get(`${base}/long`, () => true)).rejects.toThrow(/has more than/);
		await expect(wholeOf(createDownload(() => true)(`${base}/slow`, { ...options, timeoutMs: 200 }))).rejects.toThrow(/longer than/);
		const refused = await get(`${base}/gone?key=secret`, () => true).catch((error: Error) => error.message);
		expect(refused).toMatch(/it answered 404/);
		expect(refused).not.toContain('secret');
		await expect(get('file:///etc/passwd', () => true)).rejects.toThrow(/no web address/);
	});

	const detailsOf = (got: Promise<unknown>) => got.then(() => undefined, (error: { details?: unknown }) => error.details);

	it.each([[404, false], [403, false], [408, true], [425, true], [429, true], [500, true], [503, true]])('says whether what was answered may pass by itself: %i', async (status, temporary) => {
		answer = (_request, response) => response.writeHead(status).end();

		expect(await detailsOf(get(`${base}/a`, () => true))).toEqual({ host: new URL(base).host, why: `it answered ${status}`, temporary, silent: false });
	});

	it.each([['ENOTFOUND', false], ['EAI_AGAIN', true]])('says whether a name that leads nowhere may lead somewhere later: %s', async (code, temporary) => {
		const looked = jest.spyOn(dns, 'lookup').mockImplementation((() => Promise.reject(Object.assign(new Error(code), { code }))) as never);
		const details = await detailsOf(get('http://shop.invalid/a', () => true));
		looked.mockRestore();

		expect(details).toEqual({ host: 'shop.invalid', why: code, temporary, silent: false });
	});

	it('tells a host that says nothing from one that answers and is slow', async () => {
		answer = (request, response) => (request.url === '/slow' ? void response.write('a') : undefined);
		const nothing = await detailsOf(wholeOf(createDownload(() => true)(`${base}/nothing`, { ...options, timeoutMs: 100 })));
		const time = new AbortController();
		const clock = jest.spyOn(AbortSignal, 'timeout').mockReturnValue(time.signal);
		const pieces = createDownload(() => true)(`${base}/slow`, options)[Symbol.asyncIterator]();
		await pieces.next();
		time.abort(new DOMException('The time is over', 'TimeoutError'));
		const slow = await detailsOf(pieces.next());
		clock.mockRestore();

		expect([nothing, slow]).toMatchObject([{ silent: true, temporary: true }, { silent: false, temporary: true, why: 'it took longer than 5 seconds' }]);
	});
});
