import { connect, type Socket } from 'node:net';

import { WRITE_KEY } from './flow';

export interface LoadTask {
	url: string;
	events: number;
	connections: number;
	/** Events sent before the clock runs. */
	warmUp: number;
}

export interface LoadResult {
	perSecond: number;
	p99Ms: number;
	failed: number;
	firstFailure: string;
}

const NAMES = ['Product Viewed', 'Product Added', 'Cart Viewed', 'Checkout Started', 'Order Completed'];
const PROFILES = 10_000;
const AUTHORIZATION = `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`;

/**
 * A process of its own, since what sends must not take time from what is measured, and plain sockets: node:http as a client is slower than
 * the bare server, and the ratio would be that of the client with itself.
 */
async function main(): Promise<void> {
	const task = JSON.parse(process.argv[2] ?? '{}') as LoadTask;
	const sockets = await Promise.all(Array.from({ length: task.connections }, () => opened(task.url)));
	await sendAll(task, sockets, 0, task.warmUp);
	const startedMs = performance.now();
	const { times, failed, firstFailure } = await sendAll(task, sockets, task.warmUp, task.events);
	const seconds = (performance.now() - startedMs) / 1000;
	for (const socket of sockets) socket.destroy();
	times.sort((a, b) => a - b);
	const result: LoadResult = { perSecond: Math.round(task.events / seconds), p99Ms: Number((times[Math.floor(times.length * 0.99)] ?? 0).toFixed(1)), failed, firstFailure };
	process.send?.(result, () => process.exit(0));
}

async function opened(url: string): Promise<Socket> {
	const { hostname, port } = new URL(url);
	return await new Promise((resolve, reject) => {
		const socket = connect({ host: hostname, port: Number(port), noDelay: true }, () => resolve(socket));
		socket.once('error', reject);
	});
}

async function sendAll(task: LoadTask, sockets: Socket[], from: number, count: number): Promise<{ times: number[]; failed: number; firstFailure: string }> {
	const { host, pathname } = new URL(task.url);
	const head = `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nAuthorization: ${AUTHORIZATION}\r\n`;
	const outcome = { times: [] as number[], failed: 0, firstFailure: '' };
	let next = from;
	await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => {
		let sentMs = 0;
		let received = '';
		const finish = (why: string): void => {
			if (why !== '') {
				outcome.failed += 1;
				outcome.firstFailure ||= why;
			}
			socket.removeAllListeners('data').removeAllListeners('close');
			resolve();
		};
		const send = (): void => {
			if (next >= from + count) return finish('');
			if (socket.destroyed) return finish('The connection was closed.');
			next += 1;
			const body = bodyOf(next);
			sentMs = performance.now();
			socket.write(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
		};
		socket.on('data', (chunk) => {
			received += chunk.toString('latin1');
			if (!isWhole(received)) return;
			outcome.times.push(performance.now() - sentMs);
			if (!received.startsWith('HTTP/1.1 200')) return finish(received.slice(0, 300));
			received = '';
			send();
		});
		socket.once('close', () => finish('The connection was closed.'));
		send();
	})));
	return outcome;
}

/** n8n answers in chunks, the others with a length. */
function isWhole(received: string): boolean {
	const headEnd = received.indexOf('\r\n\r\n');
	if (headEnd < 0) return false;
	const length = /content-length: (\d+)/i.exec(received)?.[1];
	return length === undefined ? received.endsWith('\r\n0\r\n\r\n') : received.length >= headEnd + 4 + Number(length);
}

function bodyOf(n: number): string {
	return JSON.stringify({
		messageId: `node-next-${n.toString(36)}-${((n * 2_654_435_761) >>> 0).toString(36)}`,
		userId: `user-${(n * 7919) % PROFILES}`,
		event: NAMES[n % NAMES.length],
		timestamp: '2026-03-02T09:00:00.000Z',
		properties: { sku: `sku-${n % 400}`, name: `A nice product, number ${n % 400}`, price: (n % 500) / 10, currency: 'EUR', quantity: 1 + (n % 3) },
		context: { library: { name: 'bench', version: '1.0.0' } },
	});
}

void main();
