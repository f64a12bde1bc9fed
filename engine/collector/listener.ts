import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { EngineError } from '../kernel';
import { refusal } from './answers';
import { BATCH_LIMIT_BYTES, tooLargeFor } from './body';
import type { CollectorRequest, CollectorResponse } from './types';

const CLOSE_GRACE_MS = 5_000;

export interface Listener {
	port: number;
	/** Takes no new connection, lets requests in flight finish (5 s at most). */
	close(): Promise<void>;
}

export type Handle = (request: CollectorRequest) => Promise<CollectorResponse>;

/** The engine's own HTTP listener. Port 0: any free one. Throws BAD_INPUT when it cannot listen there. */
export async function openListener(options: { port: number; host: string }, handle: Handle): Promise<Listener> {
	const server = createServer({ requestTimeout: 30_000, headersTimeout: 15_000, keepAliveTimeout: 65_000 });
	let inFlight = 0;
	let closing = false;
	server.on('request', (request, response) => {
		inFlight += 1;
		response.once('close', () => {
			inFlight -= 1;
			if (closing && inFlight === 0) server.closeAllConnections();
		});
		void answer(request, response, handle);
	});
	server.on('clientError', (_error, socket) => {
		if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
		else socket.destroy();
	});
	await listen(server, options);
	return {
		port: (server.address() as AddressInfo).port,
		close: () =>
			new Promise((resolve) => {
				closing = true;
				const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
				server.close(() => {
					clearTimeout(grace);
					resolve();
				});
				if (inFlight === 0) server.closeAllConnections();
			}),
	};
}

async function listen(server: Server, { port, host }: { port: number; host: string }): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		server.once('error', (error: NodeJS.ErrnoException) => reject(notListening(error, port, host)));
		server.listen(port, host, resolve);
	});
	// A failed accept (too many open files) must not end the engine.
	server.removeAllListeners('error');
	server.on('error', () => undefined);
}

function notListening(error: NodeJS.ErrnoException, port: number, host: string): EngineError {
	const remedy =
		error.code === 'EADDRINUSE'
			? `Another program already listens on port ${port}. Choose another port for the collector, or stop that program.`
			: error.code === 'EACCES'
				? `This process may not listen on port ${port}. Choose a port above 1023.`
				: error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND'
					? `${host} is no address of this machine. Use 0.0.0.0 for all of its addresses.`
					: `The system refused (${error.code ?? 'unknown'}).`;
	return new EngineError('BAD_INPUT', `The collector cannot listen on ${host}:${port}. ${remedy}`, { port, host, cause: error.code });
}

async function answer(request: IncomingMessage, response: ServerResponse, handle: Handle): Promise<void> {
	let result: CollectorResponse;
	try {
		const target = targetOf(request.url);
		const body = await readBody(request);
		if (target === null) result = refusal(400, 'bad_address', 'The address cannot be read.');
		else if (body === null) result = tooLargeFor(BATCH_LIMIT_BYTES);
		else result = await handle({ method: request.method ?? 'GET', ...target, headers: headersOf(request), body });
	} catch {
		// The client went away in the middle of its body, or a bug: handle() itself answers what it expects.
		result = refusal(500, 'failed', 'The collector failed. Try again later.');
	}
	if (response.destroyed) return;
	const bytes = typeof result.body === 'string' ? Buffer.from(result.body) : result.body;
	response.writeHead(result.status, { ...result.headers, ...(result.status === 204 ? {} : { 'content-length': bytes.byteLength }) });
	response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** The last part of the path is the route, whatever stands before it: /v1/track, /track, or a reverse proxy's own prefix. */
function targetOf(url: string | undefined): { route: string; query: Record<string, string> } | null {
	if (url === undefined || !URL.canParse(url, 'http://collector')) return null;
	const { pathname, searchParams } = new URL(url, 'http://collector');
	return { route: pathname.replace(/\/+$/, '').split('/').at(-1) ?? '', query: Object.fromEntries(searchParams) };
}

function headersOf(request: IncomingMessage): Record<string, string> {
	return Object.fromEntries(
		Object.entries(request.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]])),
	);
}

/** null: too large. The rest is read and thrown away, so that the sender hears the answer instead of a broken connection. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | null> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		size += chunk.byteLength;
		if (size <= BATCH_LIMIT_BYTES) chunks.push(chunk);
		else chunks.length = 0;
	}
	return size > BATCH_LIMIT_BYTES ? null : Buffer.concat(chunks);
}
