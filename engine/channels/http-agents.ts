import { Agent as HttpAgent, type ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Connections whose handshakes, of TCP and of TLS, are not done: nothing of a request has left by them. */
const unready = new WeakSet<object>();

type Connected = (error: Error | null, socket: Duplex) => void;

/** Agents whose connections fail with ETIMEDOUT of `connect` when they have not come about after `connectMs`; the system's own limit is minutes. */
export function createAgents(options: { connections: number; connectMs: number }): { httpAgent: HttpAgent; httpsAgent: HttpsAgent } {
	const { connections, connectMs } = options;
	class Plain extends HttpAgent {
		override createConnection(to: ClientRequestArgs, connected?: Connected): Duplex | null | undefined {
			return watched(super.createConnection(to, connected), 'connect', connectMs);
		}
	}
	class Encrypted extends HttpsAgent {
		override createConnection(to: RequestOptions, connected?: Connected): Duplex | null | undefined {
			return watched(super.createConnection(to, connected), 'secureConnect', connectMs);
		}
	}
	const keep = { keepAlive: true, maxSockets: connections };
	return { httpAgent: new Plain(keep), httpsAgent: new Encrypted(keep) };
}

/** Whether a request of axios has no connection yet, or none that is ready. False for one whose connection others made, such as a proxy's. */
export function isUnsent(request: unknown): boolean {
	if (typeof request !== 'object' || request === null || !('socket' in request)) return false;
	return typeof request.socket === 'object' && (request.socket === null || unready.has(request.socket));
}

function watched(socket: Duplex | null | undefined, done: 'connect' | 'secureConnect', connectMs: number): Duplex | null | undefined {
	if (socket === null || socket === undefined) return socket;
	unready.add(socket);
	const timer = setTimeout(() => socket.destroy(Object.assign(new Error('The connection did not come about in time.'), { code: 'ETIMEDOUT', syscall: 'connect' })), connectMs);
	(socket as Socket).once(done, () => {
		clearTimeout(timer);
		unready.delete(socket);
	});
	socket.once('close', () => clearTimeout(timer));
	return socket;
}
