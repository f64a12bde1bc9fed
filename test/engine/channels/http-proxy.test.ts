import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { createHttpClient } from '../../../engine/channels/http';
import { localhostCertificate } from './certificate';

type Tunnel = (request: IncomingMessage, socket: Duplex) => void;

/** How an HTTP proxy of a company (HTTPS_PROXY) is passed: by CONNECT to the service, TLS inside. */
describe('behind a proxy', () => {
	const before = getCACertificates();
	const settings = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'NO_PROXY', 'no_proxy'].map((name) => [name, process.env[name]] as const);
	const open: Array<() => void> = [];
	let taken: string[];
	let port: number;
	let hangUp: (() => void) | undefined;
	beforeEach(async () => {
		for (const [name] of settings) delete process.env[name];
		const trusted = localhostCertificate(Date.now());
		setDefaultCACertificates([trusted.cert]);
		taken = [];
		hangUp = undefined;
		const service = createTlsServer(trusted, (request, response) => {
			taken.push(String(request.url));
			if (hangUp !== undefined) return hangUp();
			response.end('{"id":"x"}');
		});
		port = await listening(service);
	});
	afterEach(() => {
		setDefaultCACertificates(before);
		for (const [name, value] of settings) {
			if (value === undefined) delete process.env[name];
			else process.env[name] = value;
		}
		for (const close of open.splice(0)) close();
	});

	async function listening(server: ReturnType<typeof createServer> | ReturnType<typeof createTlsServer>): Promise<number> {
		const sockets = new Set<Socket>();
		server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		open.push(() => {
			for (const socket of sockets) socket.destroy();
			server.close();
		});
		return (server.address() as AddressInfo).port;
	}

	async function through(tunnel: Tunnel, timeoutMs = 30_000) {
		const proxy = createServer();
		const asked: string[] = [];
		proxy.on('connect', (request: IncomingMessage, socket: Duplex) => {
			asked.push(String(request.url));
			socket.on('error', () => undefined);
			tunnel(request, socket);
		});
		process.env.HTTPS_PROXY = `http://127.0.0.1:${await listening(proxy)}`;
		const client = createHttpClient({ service: 'Postino', baseUrl: `https://localhost:${port}`, connections: 1, timeoutMs, secrets: [], unclear503: true });
		const result = await client.call({ method: 'POST', path: '/send', body: { n: 1 } });
		client.close();
		return { asked, result, outcome: client.outcomeOf(result, { personal: [], idempotent: false }) };
	}

	const passOn: Tunnel = (_request, socket) => {
		const onward = connect(port, '127.0.0.1', () => {
			socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
			socket.pipe(onward).pipe(socket);
		});
		onward.on('error', () => undefined);
	};

	it('the service is reached, TLS and all', async () => {
		const { asked, result } = await through(passOn);

		expect(asked).toEqual([`localhost:${port}`]);
		expect(result).toMatchObject({ kind: 'answer', status: 200, body: { id: 'x' } });
		expect(taken).toEqual(['/send']);
	});

	it.each([[407, 'account'], [403, 'account'], [502, 'transient'], [503, 'transient'], [504, 'transient']])('that answers %i itself, the message is %s: the service has heard nothing of it', async (status, kind) => {
		const { outcome } = await through((_request, socket) => void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`));

		expect(outcome).toMatchObject({ kind, reason: expect.stringContaining(`(the proxy answered ${status})`) });
		expect(outcome.reason.includes('HTTPS_PROXY')).toBe(kind === 'account');
		expect(taken).toEqual([]);
	});

	it('that says nothing, or is not there, certainly nothing was sent', async () => {
		const silent = await through(() => undefined, 1_000);
		const gone = await through((_request, socket) => void socket.destroy(), 1_000);

		expect([silent, gone].map(({ outcome: { kind } }) => kind)).toEqual(['transient', 'transient']);
		expect(taken).toEqual([]);
	});

	it('a connection that breaks after TLS was agreed on leaves it open whether the message left', async () => {
		const { outcome } = await through((request, socket) => {
			passOn(request, socket);
			hangUp = () => void socket.destroy();
		});

		expect(outcome).toMatchObject({ kind: 'ambiguous' });
		expect(taken).toEqual(['/send']);
	});
});
