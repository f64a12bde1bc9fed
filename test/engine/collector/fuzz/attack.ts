import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Attack } from './malformed';

/** The other side neither answers nor hangs up. */
const LONGEST_MS = 10_000;

/** After this long without an answer the request is taken for one that is incomplete, and the connection is closed from this side. */
const SILENCE_MS = 150;

/** Status codes that were answered; empty: the connection was closed without an answer. `hung`: nothing at all happened. `why`: how it ended. */
export interface Answer {
	statuses: number[];
	hung: boolean;
	why: string;
}

/** Sends one malformed request over a connection of its own and listens to the end. */
export async function send(port: number, { pieces, abort, complete }: Attack): Promise<Answer> {
	return await new Promise((resolve) => {
		const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
		let received = '';
		const done = (hung: boolean, why: string): void => {
			clearTimeout(deadline);
			clearTimeout(silence);
			socket.destroy();
			resolve({ statuses: [...received.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((match) => Number(match[1])), hung, why });
		};
		const deadline = setTimeout(() => done(true, 'silence'), LONGEST_MS);
		let silence: NodeJS.Timeout | undefined;
		socket.on('data', (chunk) => (received += chunk.toString('latin1')));
		socket.once('end', () => done(false, 'closed'));
		socket.once('error', (error: NodeJS.ErrnoException) => done(false, error.code ?? 'error'));
		socket.once('connect', () => void write());
		async function write(): Promise<void> {
			for (const piece of pieces) {
				if (socket.destroyed) return;
				socket.write(piece);
				// In pieces: each in a turn of the event loop of its own.
				if (pieces.length > 1) await nextTurn();
			}
			if (abort) {
				socket.resetAndDestroy();
				return done(false, 'aborted');
			}
			// Closed at once, a server that is still storing would take the sender for gone and not answer.
			if (!complete) silence = setTimeout(() => socket.end(), SILENCE_MS);
		}
	});
}
