import dns from 'node:dns/promises';
import { createServer, request, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';

import { openPublicProxy, type PublicProxy } from '../../../engine/downloads';

describe('The proxy to public addresses', () => {
	let server: Server;
	let port: number;
	let asked: string[];
	let proxy: PublicProxy | undefined;

	beforeEach(async () => {
		asked = [];
		server = createServer(({ method, url, headers }, answer) => {
			asked.push(`${method === 'GET' ? '' : `${method ?? ''} `}${headers.host ?? ''}${url ?? ''}`);
			if (url === '/away') answer.writeHead(302, { location: `http://127.0.0.1:${port}/inner` }).end();
			else answer.end('inner');
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		port = (server.address() as AddressInfo).port;
	});
	afterEach(async () => {
		await proxy?.close();
		proxy = undefined;
		await new Promise((resolve) => server.close(resolve));
	});

	async function get(url: string, method = 'GET'): Promise<number> {
		const { port: at } = new URL(proxy?.url ?? '');
		return await new Promise((resolve, reject) => {
			request({ host: '127.0.0.1', port: at, method, path: url, headers: { host: new URL(url).host } }, (answer) => {
				answer.resume();
				answer.on('end', () => resolve(answer.statusCode ?? 0));
			}).on('error', reject).end();
		});
	}

	/** The first line that a tunnel answers with. */
	async function tunnel(to: string): Promise<string> {
		const { port: at } = new URL(proxy?.url ?? '');
		return await new Promise((resolve, reject) => {
			const socket = connect({ host: '127.0.0.1', port: Number(at) }, () => socket.write(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n\r\n`));
			socket.once('data', (data) => {
				resolve(String(data).split('\r\n')[0] ?? '');
				socket.destroy();
			});
			socket.on('error', reject);
		});
	}

	it.each(['127.0.0.1', 'localhost', '[::1]', '169.254.169.254', '10.0.0.1', '0.0.0.0', '[::ffff:127.0.0.1]', '2130706433'])('refuses %s, to be read and to be tunnelled to', async (host) => {
		proxy = await openPublicProxy(undefined, new Set([port]));

		expect(await get(`http://${host}:${port}/`)).toBe(403);
		expect(await tunnel(`${host}:${port}`)).toBe('HTTP/1.1 403 Forbidden');
		expect(asked).toEqual([]);
	});

	it.each(['HTTP/1.1 099 No Such Status', 'HTTP/1.1 999 No Such Status', 'HTTP/1.1 000 None'])('answers with 502 where a server says %s', async (line) => {
		const odd = createTcpServer((socket) => socket.once('data', () => socket.end(`${line}\r\nContent-Length: 2\r\n\r\nhi`)).on('error', () => undefined));
		await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
		const at = (odd.address() as AddressInfo).port;
		proxy = await openPublicProxy(() => true, new Set([at]));

		expect(await get(`http://127.0.0.1:${at}/a.png`)).toBe(502);
		await new Promise((resolve) => odd.close(resolve));
	});

	it('refuses ports that no page is served at', async () => {
		proxy = await openPublicProxy(() => true);

		expect(await get(`http://127.0.0.1:${port}/`)).toBe(403);
		expect(await tunnel(`127.0.0.1:${port}`)).toBe('HTTP/1.1 403 Forbidden');
	});

	it('passes on what may be called, by the address that it has looked at once: a name that says something else the second time leads nowhere else', async () => {
		const looked: string[] = [];
		proxy = await openPublicProxy((address) => address === '127.0.0.1' && looked.push(address) === 1, new Set([port]));

		expect(await get(`http://localhost:${port}/seen?x=1`)).toBe(200);
		expect(asked).toEqual([`localhost:${port}/seen?x=1`]);
		expect(looked).toHaveLength(1);
		expect(await get(`http://localhost:${port}/again`)).toBe(403);
	});

	it('connects to the address that it has looked at, and does not look the name up again', async () => {
		const looked = jest.spyOn(dns, 'lookup').mockImplementation((() => Promise.resolve([{ address: '127.0.0.1', family: 4 }])) as never);
		proxy = await openPublicProxy((address) => address === '127.0.0.1', new Set([port]));

		const answers = [await get(`http://shop.invalid:${port}/a`), await tunnel(`shop.invalid:${port}`)];
		looked.mockRestore();

		expect(answers).toEqual([200, 'HTTP/1.1 200 Connection Established']);
	});

	it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('passes on nothing that may change something where it arrives: %s', async (method) => {
		proxy = await openPublicProxy(() => true, new Set([port]));

		expect([await get(`http://127.0.0.1:${port}/a`, method), await get(`http://127.0.0.1:${port}/b`, 'HEAD')]).toEqual([403, 200]);
		expect(asked).toEqual([`HEAD 127.0.0.1:${port}/b`]);
	});

	it('tunnels to what may be called', async () => {
		proxy = await openPublicProxy((address) => address === '127.0.0.1', new Set([port]));

		expect(await tunnel(`localhost:${port}`)).toBe('HTTP/1.1 200 Connection Established');
	});

	it('leaves a redirect to whoever asked, who has to ask again', async () => {
		let calls = 0;
		proxy = await openPublicProxy(() => (calls += 1) === 1, new Set([port]));

		expect(await get(`http://127.0.0.1:${port}/away`)).toBe(302);
		expect(await get(`http://127.0.0.1:${port}/inner`)).toBe(403);
		expect(asked).toEqual([`127.0.0.1:${port}/away`]);
	});
});
