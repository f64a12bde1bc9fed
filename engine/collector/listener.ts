import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { IMAGE_ROUTE } from '../images';
import { EngineError } from '../kernel';
import { refusal, tooMany } from './answers';
import { BATCH_LIMIT_BYTES, CALLBACK_LIMIT_BYTES, tooLargeFor } from './body';
import { CALLBACK_ROUTE } from './callbacks';
import type { CollectorRequest, CollectorResponse } from './types';
import { callerOf } from './visitor-address';

const CLOSE_GRACE_MS = 5_000;
const NO_ROOM_RETRY_S = 5;

export interface Listener {
	port: number;
	/** Takes no new connection, lets requests in flight finish (5 s at most). */
	close(): Promise<void>;
}

export type Handle = (request: CollectorRequest) => Promise<CollectorResponse>;

/** The engine's own HTTP listener. Port 0: any free one; trustedProxies is asked at each request. Throws BAD_INPUT when it cannot listen there. */
export async function openListener(options: { port: number; host: string; trustedProxies: () => number }, handle: Handle): Promise<Listener> {
	const server = createServer({ requestTimeout: 30_000, headersTimeout: 15_000, keepAliveTimeout: 65_000 });
	let inFlight = 0;
	const reading: Reading = { bytes: 0 };
	let closing = false;
	server.on('request', (request, response) => {
		inFlight += 1;
		response.once('close', () => {
			inFlight -= 1;
			if (closing && inFlight === 0) server.closeAllConnections();
		});
		void answer(request, response, (asked) => handle({ ...asked, ip: callerOf(request.socket.remoteAddress, forwardedFor(request), options.trustedProxies()) ?? '' }), reading);
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

async function answer(request: IncomingMessage, response: ServerResponse, handle: Handle, reading: Reading): Promise<void> {
	let result: CollectorResponse;
	try {
		const target = targetOf(request.url);
		const limit = target?.route.startsWith(CALLBACK_ROUTE) === true ? CALLBACK_LIMIT_BYTES : BATCH_LIMIT_BYTES;
		const body = await readBody(request, reading, limit);
		if (target === null) result = refusal(400, 'bad_address', 'The address cannot be read.');
		else if (body === 'too large') result = tooLargeFor(limit);
		else if (body === 'no room') result = tooMany('Too many requests are being received at once; nothing of this one was taken.', NO_ROOM_RETRY_S);
		else result = await handle({ method: request.method ?? 'GET', ...target, headers: headersOf(request), body });
	} catch {
		// The client went away in the middle of its body, or a bug: handle() itself answers what it expects.
		result = refusal(500, 'failed', 'The collector failed. Try again later.');
	}
	if (response.destroyed) return;
	const { body, headers } = result;
	const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
	// Of a 304 it would be that of what the caller has (RFC 9110, 8.6).
	if (result.status !== 204 && result.status !== 304) headers['content-length'] = String(bytes);
	response.writeHead(result.status, headers);
	response.end(request.method === 'HEAD' || result.status === 204 || result.status === 304 ? undefined : body);
}

/** Node joins the lines of a header that came more than once. */
function forwardedFor({ headers }: IncomingMessage): string | undefined {
	const given = headers['x-forwarded-for'];
	return Array.isArray(given) ? given.join(',') : given;
}

/** The last part of the path is the route, whatever stands before it: /v1/track, /track, or a reverse proxy's own prefix. Of a callback and of an image the last two are. */
function targetOf(url: string | undefined): Pick<CollectorRequest, 'route' | 'query' | 'search'> & { path: string } | null {
	if (url === undefined) return null;
	if (PLAIN_PATH.test(url)) return { route: routeIn(url), path: url, query: {} };
	if (!URL.canParse(url, 'http://collector')) return null;
	const { pathname, searchParams } = new URL(url, 'http://collector');
	const mark = url.indexOf('?');
	return { route: routeIn(pathname.replace(/\/+$/, '')), path: pathname, query: Object.fromEntries(searchParams), ...(mark < 0 ? {} : { search: url.slice(mark) }) };
}

function routeIn(path: string): string {
	const last = path.lastIndexOf('/');
	const route = path.slice(last + 1);
	const prefix = [CALLBACK_ROUTE, `${IMAGE_ROUTE}/`].find((one) => path.endsWith(`/${one}${route}`));
	return prefix === undefined ? route : `${prefix}${route}`;
}

/** What SDKs call. Parsing an address costs as much as parsing a small event. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_-]+)+$/;

function headersOf({ headers }: IncomingMessage): Record<string, string> {
	// Node joins all but these itself.
	return headers['set-cookie'] === undefined ? (headers as Record<string, string>) : { ...(headers as Record<string, string>), 'set-cookie': headers['set-cookie'].join(', ') };
}

/** Bytes of bodies that have not come in whole. */
interface Reading {
	bytes: number;
}

/** Slow senders' bodies are held until they are whole; 64 MB of them are enough. */
const MOST_READING_BYTES = 64 * 1024 * 1024;

/**
 * What is too large, or for which there is no room, is read on and thrown away, so that the sender hears the answer instead of a broken
 * connection. By listeners: an async iterator over a request costs 15 % of the listener's speed.
 */
function readBody(request: IncomingMessage, reading: Reading, limit: number): Promise<Uint8Array | 'too large' | 'no room'> {
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let size = 0;
		let held = 0;
		let refused: 'too large' | 'no room' | null = null;
		const drop = (): void => {
			reading.bytes -= held;
			held = 0;
			chunks.length = 0;
		};
		request.on('data', (chunk: Buffer) => {
			size += chunk.byteLength;
			if (refused === null && size > limit) refused = 'too large';
			if (refused === null && reading.bytes + chunk.byteLength > MOST_READING_BYTES) refused = 'no room';
			if (refused !== null) return drop();
			held += chunk.byteLength;
			reading.bytes += chunk.byteLength;
			chunks.push(chunk);
		});
		request.once('end', () => {
			const [only] = chunks;
			const body = refused ?? (chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks));
			drop();
			resolve(body);
		});
		// After 'end' neither says anything new.
		request.once('error', (error) => {
			drop();
			reject(error);
		});
		request.once('close', () => {
			drop();
			reject(new Error('The request was aborted.'));
		});
	});
}
