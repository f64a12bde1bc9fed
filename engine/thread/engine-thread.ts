import { Worker } from 'node:worker_threads';

import { EngineError } from '../kernel';
import { withOwnBytes } from './bytes';
import { crashName, framesOf, fromCrossing } from './errors';
import type { CallTarget, FromThread, ThreadStart, ToThread } from './protocol';

export interface ThreadEvents {
	onWake(workflow: string, step: string): void;
	onLog(line: FromThread & { kind: 'log' }): void;
	/** Once, whatever ended it. cause: what Node says of a crash ('ERR_WORKER_OUT_OF_MEMORY', 'TypeError', 'exit 1'). */
	onEnd(cause: string): void;
}

interface Pending {
	resolve(result: unknown): void;
	reject(error: EngineError): void;
	during: string;
}

/**
 * One life of a worker thread: starting -> ready -> ended. It never comes back; the host makes a new one.
 * It keeps the process alive only while somebody waits for an answer.
 */
export class EngineThread {
	private readonly worker: Worker;
	private readonly pending = new Map<number, Pending>();
	private readonly exited: Promise<void>;
	private nextId = 1;
	private crash: string | undefined;
	private endedBy: string | undefined;
	private ready!: Pending;
	private onIdle: (() => void) | undefined;

	/** Rejects with the engine's own error when it cannot start (an unreadable database, a newer schema). */
	static async start(file: string, data: ThreadStart, events: ThreadEvents): Promise<EngineThread> {
		const thread = new EngineThread(file, data, events);
		await thread.settled('start', (pending) => {
			thread.ready = pending;
		});
		return thread;
	}

	private constructor(file: string, data: ThreadStart, private readonly events: ThreadEvents) {
		// No resourceLimits: the heap a batch of 1,000 rendered mails needs is the operator's to size (NODE_OPTIONS), as for n8n.
		// Out of memory ends the thread, not the process, with or without them.
		this.worker = new Worker(file, { workerData: data, name: 'journeys-engine' });
		this.worker.on('message', (message: FromThread) => this.hear(message));
		// Without this listener an uncaught error in the thread would be one in n8n.
		this.worker.on('error', (error: unknown) => {
			this.crash = crashName(error);
			this.events.onLog({ kind: 'log', level: 'error', message: 'An error in the journeys engine was not caught', facts: { cause: this.crash, at: framesOf(error) } });
		});
		this.exited = new Promise((resolve) => {
			this.worker.once('exit', (code) => {
				this.ended(this.crash ?? `exit ${code}`);
				resolve();
			});
		});
	}

	/** An AbortSignal as the last argument is told to the thread when it is aborted, or has been. */
	async call(domain: CallTarget, method: string, args: unknown[]): Promise<unknown> {
		const during = `${domain}.${method}`;
		const id = this.nextId;
		this.nextId += 1;
		const last = args.at(-1);
		const signal = last instanceof AbortSignal ? last : undefined;
		const cancel = (): void => this.post({ kind: 'cancel', id });
		try {
			return await this.settled(during, (pending) => {
				const { value, transfer } = withOwnBytes(signal === undefined ? args : args.slice(0, -1));
				this.pending.set(id, pending);
				try {
					this.post({ kind: 'call', id, domain, method, args: value as unknown[], cancellable: signal !== undefined }, transfer);
				} catch {
					this.pending.delete(id);
					pending.reject(new EngineError('BAD_INPUT', `An argument of ${during} cannot be sent to the engine thread: pass plain data (no functions, no class instances with private state).`, { during }));
				}
				if (signal?.aborted === true) cancel();
				signal?.addEventListener('abort', cancel);
			});
		} finally {
			signal?.removeEventListener('abort', cancel);
		}
	}

	/** Waits at most drainMs for calls in flight, then for the engine to close; ends the thread in any case. */
	async close(drainMs: number): Promise<void> {
		if (this.endedBy !== undefined) return;
		const deadline = setTimeout(() => void this.worker.terminate(), drainMs);
		try {
			if (this.pending.size > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
			if (this.endedBy === undefined) this.post({ kind: 'close' });
			await this.exited;
		} finally {
			clearTimeout(deadline);
		}
	}

	private post(message: ToThread, transfer: ArrayBuffer[] = []): void {
		this.worker.postMessage(message, transfer);
	}

	/** A promise that holds the process until it is settled, and is rejected when the thread ends first. */
	private async settled(during: string, begin: (pending: Pending) => void): Promise<unknown> {
		if (this.endedBy !== undefined) throw diedDuring(during, this.endedBy);
		this.worker.ref();
		try {
			return await new Promise((resolve, reject) => begin({ resolve, reject, during }));
		} finally {
			if (this.pending.size === 0) {
				this.worker.unref();
				this.onIdle?.();
			}
		}
	}

	private hear(message: FromThread): void {
		switch (message.kind) {
			case 'ready':
				return this.ready.resolve(undefined);
			case 'refused':
				return this.ready.reject(fromCrossing(message.error));
			case 'result':
				return this.take(message.id)?.resolve(message.result);
			case 'error':
				return this.take(message.id)?.reject(fromCrossing(message.error));
			case 'wake':
				return this.events.onWake(message.workflow, message.step);
			case 'log':
				return this.events.onLog(message);
		}
	}

	private take(id: number): Pending | undefined {
		const pending = this.pending.get(id);
		this.pending.delete(id);
		return pending;
	}

	private ended(cause: string): void {
		this.endedBy = cause;
		const waiting = [this.ready, ...this.pending.values()];
		this.pending.clear();
		for (const { reject, during } of waiting) reject(diedDuring(during, cause));
		this.events.onEnd(cause);
	}
}

function diedDuring(during: string, cause: string): EngineError {
	const memory = cause === 'ERR_WORKER_OUT_OF_MEMORY' ? ' It ran out of memory: give n8n more (NODE_OPTIONS=--max-old-space-size) or use smaller batches.' : '';
	return new EngineError('THREAD_DIED', `The journeys engine ended in the middle of ${during} (${cause}); whether it took effect is not known. It starts again with the next call.${memory}`, { during, cause });
}
