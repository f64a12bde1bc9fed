import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request on its way to the mock. */
export interface OnTheWire {
	headers: Record<string, string>;
	/** One character a byte, so that files pass as they are. */
	body: string;
}

export interface Wire {
	url: string;
	/** What was called and what the mock answered, in order; violations: what the description does not take, where the answer is an example of its own. */
	calls: Array<{ method: string; path: string; status: number; answer: string; violations: string | null }>;
	/** Takes something away from what passes. */
	spoil: (request: OnTheWire) => OnTheWire;
	close(): Promise<void>;
}

/**
 * Passes on what the provider sends, less the path of the description's server (`base`), which the mock leaves out, and keeps what comes back: the provider's own words of it
 * would not tell 2xx from what it makes of it.
 */
export async function wireTo(target: string, base = ''): Promise<Wire> {
	const server = createServer((request, response) => void pass(request, response));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const wire: Wire = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: [], spoil: (request) => request,
		close: () => new Promise((resolve) => {
			server.closeAllConnections();
			server.close(() => resolve());
		}),
	};
	async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const { host: _host, connection: _connection, 'content-length': _length, 'transfer-encoding': _encoding, 'accept-encoding': _accept, ...headers } = request.headers;
		const [method, path] = [request.method ?? '', request.url ?? ''];
		const sent = wire.spoil({ headers: headers as Record<string, string>, body: Buffer.concat(chunks).toString('latin1') });
		if (!path.startsWith(base)) throw new Error(`${path} is not under ${base}, as the description's server is`);
		const answer = await fetch(`${target}${path.slice(base.length) || '/'}`, { method, headers: sent.headers, ...(method === 'GET' ? {} : { body: Buffer.from(sent.body, 'latin1') }) });
		const text = await answer.text();
		wire.calls.push({ method, path, status: answer.status, answer: text, violations: answer.headers.get('sl-violations') });
		response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' });
		response.end(text);
	}
	return wire;
}

/** With another value in a field of a JSON body. */
export const withField = (path: string, value: unknown) => (request: OnTheWire): OnTheWire => {
	const body = JSON.parse(Buffer.from(request.body, 'latin1').toString('utf8')) as Record<string, unknown>;
	const keys = path.split('.');
	const last = keys.pop() ?? '';
	const holder = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, body);
	if (!(last in holder)) throw new Error(`The request has no ${path} that could be changed`);
	holder[last] = value;
	return { ...request, body: Buffer.from(JSON.stringify(body)).toString('latin1') };
};

/** Without a field of a JSON body, `to.0.email`. */
export const withoutField = (path: string) => (request: OnTheWire): OnTheWire => {
	const body = JSON.parse(Buffer.from(request.body, 'latin1').toString('utf8')) as Record<string, unknown>;
	const keys = path.split('.');
	const last = keys.pop() ?? '';
	const holder = keys.reduce<Record<string, unknown>>((value, key) => value[key] as Record<string, unknown>, body);
	if (!(last in holder)) throw new Error(`The request has no ${path} that could be taken out`);
	delete holder[last];
	return { ...request, body: Buffer.from(JSON.stringify(body)).toString('latin1') };
};

/** Without a field of a form. */
export const withoutFormField = (name: string) => (request: OnTheWire): OnTheWire => {
	const form = new URLSearchParams(request.body);
	if (!form.has(name)) throw new Error(`The form has no ${name} that could be taken out`);
	form.delete(name);
	return { ...request, body: form.toString() };
};

/** Without a part of multipart/form-data. */
export const withoutPart = (name: string) => (request: OnTheWire): OnTheWire => {
	const boundary = /boundary=("?)([^";]+)\1/.exec(request.headers['content-type'] ?? '')?.[2] ?? '';
	const parts = request.body.split(`--${boundary}`);
	const kept = parts.filter((part) => !part.includes(`name="${name}"`));
	if (kept.length === parts.length) throw new Error(`The request has no part ${name} that could be taken out`);
	return { ...request, body: kept.join(`--${boundary}`) };
};

export const withoutHeader = (name: string) => (request: OnTheWire): OnTheWire => {
	const { [name]: gone, ...headers } = request.headers;
	if (gone === undefined) throw new Error(`The request has no header ${name} that could be taken out`);
	return { ...request, headers };
};
