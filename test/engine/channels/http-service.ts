import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One call as it arrived at the service. */
export interface ServiceCall {
	method: string;
	/** Path and query. */
	path: string;
	headers: Record<string, string>;
	body: Buffer;
	/** The body as JSON; undefined when it is none. */
	json: unknown;
	/** The body as a form. */
	form: URLSearchParams;
}

export type Answer =
	| { status: number; json?: unknown; text?: string; raw?: Uint8Array; headers?: Record<string, string> }
	/** Takes the whole request and ends the connection. */
	| 'drop'
	/** Takes the whole request and never answers. */
	| 'silence';

export interface Service {
	url: string;
	calls: ServiceCall[];
	/** What the next calls get; a function is asked for each. */
	answer: Answer | ((call: ServiceCall) => Answer | Promise<Answer>);
	/** Open ones. */
	connections(): Promise<number>;
	close(): Promise<void>;
}

/** A real HTTP server on a free port of this machine that answers as it is told and keeps what it was asked. */
export async function httpService(answer: Service['answer'] = { status: 200, json: {} }): Promise<Service> {
	const sockets = new Set<Socket>();
	const server = createServer((request, response) => void take(request, response));
	server.on('connection', (socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const service: Service = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: [], answer,
		connections: () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count))),
		close: () => new Promise((resolve) => {
			for (const socket of sockets) socket.destroy();
			server.close(() => resolve());
		}),
	};
	async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const call = callOf(request, Buffer.concat(chunks));
		service.calls.push(call);
		const given = typeof service.answer === 'function' ? await service.answer(call) : service.answer;
		if (given === 'silence') return;
		if (given === 'drop') return void request.socket.destroy();
		const type = given.text === undefined ? 'application/json' : 'text/plain';
		response.writeHead(given.status, { 'content-type': type, ...given.headers });
		response.end(given.raw ?? given.text ?? (given.json === undefined ? '' : JSON.stringify(given.json)));
	}
	return service;
}

function callOf(request: IncomingMessage, body: Buffer): ServiceCall {
	let json: unknown;
	try {
		json = JSON.parse(body.toString());
	} catch {
		json = undefined;
	}
	return { method: request.method ?? '', path: request.url ?? '', headers: request.headers as Record<string, string>, body, json, form: new URLSearchParams(body.toString()) };
}
