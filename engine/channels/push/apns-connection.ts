import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2';

import { failureOf, type HttpAnswer, type HttpFailure } from '../http';

export interface ApnsConnection {
	/**
	 * One request over the session, which is opened at the first one and kept. Never throws. `refused`: certainly not taken (no connection, a stream that the server turned away or that lies
	 * behind its GOAWAY, RFC 9113 6.8 and 8.7); `lost`: it may have been.
	 */
	request(headers: OutgoingHttpHeaders, body: string): Promise<HttpAnswer | HttpFailure>;
	close(): void;
}

const CONNECT_TIMEOUT_MS = 20_000;
/** NGHTTP2_REFUSED_STREAM. */
const REFUSED_STREAM = 7;

interface Session {
	http2: ClientHttp2Session;
	/** Resolves when the handshakes are done; to the failure where they never are. */
	ready: Promise<HttpFailure | null>;
}

export function createApnsConnection({ url, timeoutMs, ca }: { url: string; timeoutMs: number; ca?: string }): ApnsConnection {
	let current: Promise<Session> | undefined;

	async function open(): Promise<Session> {
		const { connect } = await import('node:http2');
		const http2 = connect(url, ca === undefined ? {} : { ca });
		const session: Session = { http2, ready: handshake(http2, Math.min(CONNECT_TIMEOUT_MS, timeoutMs)) };
		const forget = (): void => {
			if (current === opened) current = undefined;
		};
		http2.on('goaway', forget);
		http2.on('close', forget);
		// Each stream hears of it by itself.
		http2.on('error', forget);
		// An idle session must not keep the engine's process alive.
		http2.unref();
		const opened = current;
		return session;
	}

	return {
		async request(headers, body) {
			current ??= open();
			const session = await current;
			const failed = await session.ready;
			if (failed !== null) return failed;
			if (session.http2.closed || session.http2.destroyed) return { kind: 'failure', phase: 'refused', code: 'ERR_HTTP2_INVALID_SESSION' };
			return await exchange(session, headers, body, timeoutMs);
		},
		close() {
			const closing = current;
			current = undefined;
			void closing?.then(({ http2 }) => http2.destroy());
		},
	};
}

function handshake(http2: ClientHttp2Session, timeoutMs: number): Promise<HttpFailure | null> {
	return new Promise((resolve) => {
		const timer = setTimeout(() => http2.destroy(Object.assign(new Error('No connection in time.'), { code: 'ETIMEDOUT', syscall: 'connect' })), timeoutMs);
		const end = (result: HttpFailure | null): void => {
			clearTimeout(timer);
			resolve(result);
		};
		http2.once('connect', () => end(null));
		http2.once('error', (error: Error) => {
			const { phase, code } = failureOf(error);
			// Before the handshakes are done nothing has left, whatever broke.
			end({ kind: 'failure', phase: phase === 'lost' ? 'refused' : phase, code });
		});
		http2.once('close', () => end({ kind: 'failure', phase: 'refused', code: '' }));
	});
}

function exchange(session: Session, headers: OutgoingHttpHeaders, body: string, timeoutMs: number): Promise<HttpAnswer | HttpFailure> {
	return new Promise((resolve) => {
		let stream: ClientHttp2Stream;
		try {
			stream = session.http2.request(headers);
		} catch {
			return resolve({ kind: 'failure', phase: 'refused', code: 'ERR_HTTP2_INVALID_SESSION' });
		}
		let head: Record<string, unknown> = {};
		let failure = '';
		const chunks: Buffer[] = [];
		const timer = setTimeout(() => {
			failure = 'ETIMEDOUT';
			stream.close();
		}, timeoutMs);
		stream.on('response', (given) => {
			head = given;
		});
		stream.on('data', (chunk: Buffer) => chunks.push(chunk));
		stream.on('error', (error: NodeJS.ErrnoException) => {
			failure ||= error.code ?? '';
		});
		stream.on('close', () => {
			clearTimeout(timer);
			const status = Number(head[':status'] ?? 0);
			if (status > 0 && failure === '') return resolve({ kind: 'answer', status, headers: plain(head), body: parsed(Buffer.concat(chunks)) });
			// A stream without an id never left. Those behind what GOAWAY names are refused by node's own HTTP/2, as the server would.
			const turnedAway = stream.rstCode === REFUSED_STREAM || stream.id === undefined;
			resolve({ kind: 'failure', phase: turnedAway ? 'refused' : 'lost', code: failure });
		});
		stream.end(body);
	});
}

function plain(head: Record<string, unknown>): Record<string, string> {
	return Object.fromEntries(Object.entries(head).flatMap(([name, value]) => (typeof value === 'string' ? [[name.toLowerCase(), value]] : [])));
}

function parsed(bytes: Buffer): unknown {
	try {
		return JSON.parse(bytes.toString('utf8')) as unknown;
	} catch {
		return {};
	}
}
