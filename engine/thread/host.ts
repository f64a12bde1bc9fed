import { setTimeout as sleep } from 'node:timers/promises';

import type { WakeListener } from '../api';
import type { CollectorConfig } from '../collector/types';
import { EngineError, systemClock, type Log } from '../kernel';
import { EngineThread } from './engine-thread';
import type { CallTarget, ThreadStart } from './protocol';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A thread that lived this long starts the count of deaths anew. */
const STABLE_AFTER_MS = 60_000;
/** n8n gives its own shutdown 30 s by default (N8N_GRACEFUL_SHUTDOWN_TIMEOUT). */
const DRAIN_MS = 20_000;

/**
 * Keeps one engine thread: none -> starting -> running -> none (it died) -> starting ...; closing -> closed.
 * A dead thread is started again by the next call, after a pause that doubles with each death; a process whose own collector
 * was listening starts it at once, because visitors' events make no call.
 */
export class ThreadHost {
	private thread: EngineThread | undefined;
	private starting: Promise<EngineThread> | undefined;
	private closing: Promise<void> | undefined;
	private deaths = 0;
	private startAgainAtMs = 0;
	private readonly listeners = new Set<WakeListener>();
	/** Told again to a new thread: own listeners live and die with it. */
	private readonly collectors = new Map<string, CollectorConfig>();

	constructor(private readonly file: string, private readonly data: ThreadStart, private readonly log: Log) {}

	async start(): Promise<void> {
		await this.running();
	}

	async call(domain: CallTarget, method: string, args: unknown[]): Promise<unknown> {
		if (this.closing !== undefined) throw closed();
		const thread = this.thread ?? (await this.running());
		const result = await thread.call(domain, method, args);
		if (domain === 'collector') this.remember(method, args);
		return result;
	}

	onWake(listener: WakeListener): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	close(): Promise<void> {
		this.closing ??= this.finish();
		return this.closing;
	}

	private async finish(): Promise<void> {
		const thread = this.thread ?? (await this.starting?.catch(() => undefined));
		await thread?.close(DRAIN_MS);
		this.listeners.clear();
	}

	private running(): Promise<EngineThread> {
		if (this.thread !== undefined) return Promise.resolve(this.thread);
		this.starting ??= this.startAfterPause().finally(() => {
			this.starting = undefined;
		});
		return this.starting;
	}

	private async startAfterPause(): Promise<EngineThread> {
		const pauseMs = this.startAgainAtMs - systemClock.nowMs();
		if (pauseMs > 0) await sleep(pauseMs);
		if (this.closing !== undefined) throw closed();
		const startedAtMs = systemClock.nowMs();
		const thread = await EngineThread.start(this.file, this.data, {
			onWake: (workflow, step) => {
				for (const listener of this.listeners) listener({ workflow, step });
			},
			onLog: ({ level, message, facts }) => this.log[level](message, facts),
			onEnd: (cause) => this.ended(cause, startedAtMs),
		});
		this.thread = thread;
		for (const config of this.collectors.values()) {
			await thread.call('collector', 'configure', [config]).catch((error: unknown) =>
				this.log.warn('The collector could not listen again', { workflow: config.workflow, code: error instanceof EngineError ? error.code : 'INTERNAL' }),
			);
		}
		if (this.deaths > 0) this.log.info('The journeys engine thread runs again');
		return thread;
	}

	private ended(cause: string, startedAtMs: number): void {
		const served = this.thread !== undefined;
		this.thread = undefined;
		if (this.closing !== undefined) return;
		const nowMs = systemClock.nowMs();
		this.deaths = nowMs - startedAtMs > STABLE_AFTER_MS ? 1 : this.deaths + 1;
		const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.deaths - 1));
		this.startAgainAtMs = nowMs + pauseMs;
		// One that never got ready has told its caller why.
		if (served) this.log.error('The journeys engine thread ended and will be started again', { cause, deaths: this.deaths });
		if (this.collectors.size > 0) this.startSoon(pauseMs);
	}

	private startSoon(pauseMs: number): void {
		const retry = (): void => {
			if (this.closing !== undefined) return;
			this.running().catch(() => {
				// The reason was logged by the thread; a database that is away for minutes comes back by itself.
				if (this.closing === undefined) this.startSoon(LONGEST_PAUSE_MS);
			});
		};
		setTimeout(retry, pauseMs).unref();
	}

	private remember(method: string, args: unknown[]): void {
		const [first] = args;
		if (method === 'configure') {
			const config = first as CollectorConfig;
			this.collectors.set(config.workflow, config);
		}
		if (method === 'remove') this.collectors.delete(String(first));
	}
}

function closed(): EngineError {
	return new EngineError('CLOSED', 'The engine is closed.');
}
