import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, isIP, type AddressInfo, type Socket } from 'node:net';
import { lookup } from 'node:dns/promises';
import type { Duplex } from 'node:stream';

import { isPublicAddress } from './public-address';

const PORTS: ReadonlySet<number> = new Set([80, 443]);
const TIMEOUT_MS = 10_000;

export interface PublicProxy {
	/** http://127.0.0.1:port */
	url: string;
	close(): Promise<void>;
}

/**
 * A proxy on this machine for a program that is to reach public addresses alone (a browser that draws somebody's mail). It resolves each name itself and connects to the address that it has
 * looked at, so a name that leads inwards, one that answers differently the second time, and a redirect all end here with 403. Ports 80 and 443.
 */
export async function openPublicProxy(isAllowed: (address: string) => boolean = isPublicAddress, ports: ReadonlySet<number> = PORTS): Promise<PublicProxy> {
	const sockets = new Set<Duplex>();
	const server = createServer((asked, answer) => {
		void forward(asked, answer);
	});
	server.on('connection', (socket) => kept(socket));
	server.on('connect', (asked: IncomingMessage, client: Duplex, head: Buffer) => {
		void tunnel(asked, client, head);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		close: () => new Promise((resolve) => {
			server.close(() => resolve());
			for (const socket of sockets) socket.destroy();
		}),
	};

	function kept<Kind extends Duplex>(socket: Kind): Kind {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
		// Either side may hang up at any time; there is nobody to tell.
		socket.on('error', () => socket.destroy());
		return socket;
	}

	/** Where it may be connected to; undefined: nowhere. */
	async function addressOf(host: string, at: number): Promise<string | undefined> {
		if (!ports.has(at)) return undefined;
		const bare = host.replace(/^\[(.*)\]$/, '$1');
		if (isIP(bare) !== 0) return isAllowed(bare) ? bare : undefined;
		const found = await lookup(bare, { all: true }).catch(() => []);
		return found.find(({ address }) => isAllowed(address))?.address;
	}

	async function tunnel({ url = '' }: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
		kept(client);
		const parsed = URL.canParse(`http://${url}`) ? new URL(`http://${url}`) : null;
		const [at, address] = parsed === null ? [0, undefined] : [Number(parsed.port || 80), await addressOf(parsed.hostname, Number(parsed.port || 80))];
		if (address === undefined) return void client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
		const upstream: Socket = kept(connect({ host: address, port: at, timeout: TIMEOUT_MS }));
		upstream.on('timeout', () => upstream.destroy());
		upstream.once('connect', () => {
			client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
			if (head.length > 0) upstream.write(head);
			upstream.pipe(client).pipe(upstream);
		});
		upstream.on('close', () => client.destroy());
	}

	async function forward(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
		const parsed = URL.canParse(asked.url ?? '') ? new URL(asked.url ?? '') : null;
		const at = Number(parsed?.port || 80);
		const address = parsed === null || parsed.protocol !== 'http:' || (asked.method !== 'GET' && asked.method !== 'HEAD') ? undefined : await addressOf(parsed.hostname, at);
		if (parsed === null || address === undefined) return void answer.writeHead(403).end();
		const onward = request({ host: address, port: at, method: asked.method, path: `${parsed.pathname}${parsed.search}`, timeout: TIMEOUT_MS, headers: { ...asked.headers, host: parsed.host, connection: 'close' } }, (got) => {
			// Of a server that makes up statuses (099): nothing that it says may end this process.
			const { statusCode: status = 502 } = got;
			if (status < 200 || status > 599) return void onward.destroy(new Error('no status of HTTP'));
			answer.writeHead(status, got.headers);
			got.pipe(answer);
		});
		onward.on('timeout', () => onward.destroy());
		onward.on('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
		onward.end();
	}
}
