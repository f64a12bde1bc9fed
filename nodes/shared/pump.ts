import type { INodeExecutionData, ITriggerFunctions } from 'n8n-workflow';

import type { Claim, Clock, Engine, ExecutionOutcome, Log, StepRef } from '../../engine';
import { isEngineError, systemClock } from '../../engine';
import { outcomeOfRun } from './outcome';
import { STAMP_KEY } from './stamp';

/**
 * The pump of one step: it takes due people out of the park in batches and starts an execution for each.
 *
 * serving   claim -> emit -> (execution runs, the lease is renewed) -> settle; at most `maxInFlight` batches at once
 * resting   nobody is due: until somebody becomes due here (wake), the next due time, or the poll, whichever is first
 * backing off  the engine failed: twice as long each time, up to 30 s
 * stopped   claims no more; what is in flight goes on to renew and settle (closeFunction also runs on SIGTERM)
 */
export interface Pump {
	/** Claims no more; pending executions are still settled. */
	stop(): void;
	/** Resolves when nothing is in flight. */
	idle(): Promise<void>;
}

export interface Timers {
	set(callback: () => void, delayMs: number): unknown;
	clear(handle: unknown): void;
}

/** n8n's promise for the end of an execution; its type has no exported name. */
export type DonePromise = NonNullable<Parameters<ITriggerFunctions['emit']>[2]>;

export interface PumpOptions {
	engine: Pick<Engine, 'journeys' | 'onWake'>;
	step: StepRef;
	emit(data: INodeExecutionData[][], response: undefined, done: DonePromise, deduplicationKey: string): void;
	createDeferredPromise(): DonePromise;
	log: Log;
	/** Whether n8n is being ended. A failure then is taken for a crash: the lease runs out and the next start goes the same way again. */
	isEnding?: () => boolean;
	/** People an execution. Default 500. */
	batchSize?: number;
	/** Default 2. */
	maxInFlight?: number;
	/** How long a batch stays claimed without a renewal; renewed every third of it. Default 30,000. */
	leaseMs?: number;
	/** The promise of an execution may never settle: after so long the lease is left to run out. Default 6 hours. */
	ceilingMs?: number;
	clock?: Clock;
	timers?: Timers;
}

const POLL_MS = 1_000;
/** The due time is the database's; a clock that runs behind ours must not make this a hot loop. */
const SHORTEST_REST_MS = 25;
const BEAT_MS = 10_000;
const FIRST_BACK_OFF_MS = 250;
const LONGEST_BACK_OFF_MS = 30_000;
const SIX_HOURS_MS = 6 * 60 * 60 * 1_000;

// Unreferenced: a waiting pump must not hold up the end of the process.
const nodeTimers: Timers = {
	set: (callback, delayMs) => setTimeout(callback, delayMs).unref(),
	clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

let pending = 0;

/** Leases of this process whose execution is still running. */
export function pendingLeases(): number {
	return pending;
}

export function startPump(options: PumpOptions): Pump {
	return new StepPump(options);
}

class StepPump implements Pump {
	private readonly clock: Clock;
	private readonly timers: Timers;
	private readonly leaseMs: number;
	private readonly stopListening: () => void;
	private stopped = false;
	private inFlight = 0;
	/** Somebody became due, or a slot became free, since the last claim began. */
	private wanted = false;
	private rest: { handle: unknown; end: () => void } | null = null;
	private beatTimer: unknown;
	private backOffMs = 0;
	private idleWaiters: Array<() => void> = [];

	constructor(private readonly options: PumpOptions) {
		this.clock = options.clock ?? systemClock;
		this.timers = options.timers ?? nodeTimers;
		this.leaseMs = options.leaseMs ?? 30_000;
		const { step } = options;
		this.stopListening = options.engine.onWake((due) => {
			if (due.workflow === step.workflow && due.step === step.step) this.wake();
		});
		this.beat();
		void this.serve();
	}

	stop(): void {
		if (this.stopped) return;
		this.stopped = true;
		this.stopListening();
		this.timers.clear(this.beatTimer);
		this.wake();
	}

	async idle(): Promise<void> {
		if (this.inFlight === 0) return;
		await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
	}

	private wake(): void {
		this.wanted = true;
		this.rest?.end();
	}

	private async serve(): Promise<void> {
		while (!this.stopped) {
			// Whatever comes from here on is worth another claim, also while this one is under way.
			this.wanted = false;
			const restMs = this.inFlight < (this.options.maxInFlight ?? 2) ? await this.claim() : POLL_MS;
			if (restMs > 0 && !this.wanted) await this.restFor(restMs);
		}
	}

	/** Claims and emits one batch; answers how long to rest before the next claim. */
	private async claim(): Promise<number> {
		const limit = this.options.batchSize ?? 500;
		try {
			const claim = await this.options.engine.journeys.claim(this.options.step, { limit, leaseMs: this.leaseMs });
			this.backOffMs = 0;
			// Stopped meanwhile: no execution is started any more, the people are given back at once.
			if (claim.items.length === 0) return this.untilDueMs(claim.nextDueMs);
			void this.run(claim, this.stopped);
			// A claim may be small while more are due: who failed before comes alone.
			return 0;
		} catch (error) {
			if (isEngineError(error) && error.code === 'CLOSED') this.stop();
			await this.sleep(this.backOff('claim people', error));
			return 0;
		}
	}

	private untilDueMs(nextDueMs: number | null): number {
		if (nextDueMs === null) return POLL_MS;
		return Math.min(POLL_MS, Math.max(SHORTEST_REST_MS, nextDueMs - this.clock.nowMs()));
	}

	private async restFor(delayMs: number): Promise<void> {
		await new Promise<void>((resolve) => {
			const end = () => {
				this.timers.clear(handle);
				this.rest = null;
				resolve();
			};
			const handle = this.timers.set(end, delayMs);
			this.rest = { handle, end };
		});
	}

	private async sleep(delayMs: number): Promise<void> {
		await new Promise<void>((resolve) => this.timers.set(resolve, delayMs));
	}

	private async run(claim: Claim, giveBack: boolean): Promise<void> {
		this.inFlight += 1;
		pending += 1;
		const lease = this.keepLease(claim.nonce);
		const outcome = giveBack ? ({ kind: 'unproven' } as const) : await Promise.race([this.emit(claim), lease.ceiling]);
		if (outcome !== 'ceiling' && !this.isInterrupted(outcome)) await this.settle(claim.nonce, outcome, lease);
		lease.end();
		this.inFlight -= 1;
		pending -= 1;
		if (this.inFlight === 0) this.idleWaiters.splice(0).forEach((resolve) => resolve());
		this.wake();
	}

	private isInterrupted(outcome: ExecutionOutcome): boolean {
		return outcome.kind === 'failed' && (this.stopped || (this.options.isEnding?.() ?? false));
	}

	private async emit(claim: Claim): Promise<ExecutionOutcome> {
		const items = claim.items.map(({ stamp, json, outcome }, index): INodeExecutionData => ({
			json: { ...json, [STAMP_KEY]: { ...stamp, outcome } },
			pairedItem: { item: index },
		}));
		const done = this.options.createDeferredPromise();
		try {
			this.options.emit([items], undefined, done, claim.nonce);
		} catch (error) {
			// Nothing was started; without receipts the engine releases the people.
			await this.sleep(this.backOff('start an execution', error));
			return { kind: 'unproven' };
		}
		return await done.promise.then(outcomeOfRun, (error: unknown) => ({ kind: 'failed' as const, reason: reasonOf(error) }));
	}

	/** Renews until ended or until the ceiling, after which the lease is left to run out. */
	private keepLease(nonce: string): Lease {
		const startedMs = this.clock.nowMs();
		const ceilingMs = this.options.ceilingMs ?? SIX_HOURS_MS;
		let handle: unknown;
		let ended = false;
		let reachCeiling: (value: 'ceiling') => void = () => undefined;
		const ceiling = new Promise<'ceiling'>((resolve) => (reachCeiling = resolve));
		const tick = () => {
			if (ended) return;
			if (this.clock.nowMs() - startedMs >= ceilingMs) {
				ended = true;
				this.options.log.warn('an execution did not report its end; its people are released', this.facts());
				reachCeiling('ceiling');
				return;
			}
			this.options.engine.journeys.renew(nonce, this.leaseMs).catch((error: unknown) => this.report('renew a lease', error));
			handle = this.timers.set(tick, this.leaseMs / 3);
		};
		handle = this.timers.set(tick, this.leaseMs / 3);
		return {
			ceiling,
			isOver: () => ended,
			end: () => {
				ended = true;
				this.timers.clear(handle);
			},
		};
	}

	/** A settle is all or nothing, so it is tried again for as long as the lease is kept (PROTOCOL rule 24). */
	private async settle(nonce: string, outcome: ExecutionOutcome, lease: Lease): Promise<void> {
		let delayMs = FIRST_BACK_OFF_MS;
		while (!lease.isOver()) {
			try {
				const result = await this.options.engine.journeys.settle(nonce, outcome);
				if (result.held > 0) this.options.log.warn('an execution failed; its people are held', { ...this.facts(), held: result.held });
				return;
			} catch (error) {
				this.report('settle a batch', error);
				if (isEngineError(error) && error.code === 'CLOSED') return;
				await this.sleep(delayMs);
				delayMs = Math.min(LONGEST_BACK_OFF_MS, delayMs * 2);
			}
		}
	}

	private beat(): void {
		if (this.stopped) return;
		this.options.engine.journeys.beat(this.options.step).catch((error: unknown) => this.report('report this step as served', error));
		this.beatTimer = this.timers.set(() => this.beat(), BEAT_MS);
	}

	private backOff(what: string, error: unknown): number {
		this.report(what, error);
		this.backOffMs = Math.min(LONGEST_BACK_OFF_MS, this.backOffMs === 0 ? FIRST_BACK_OFF_MS : this.backOffMs * 2);
		return this.backOffMs;
	}

	private report(what: string, error: unknown): void {
		this.options.log.error(`could not ${what}: ${reasonOf(error)}`, this.facts());
	}

	private facts(): { workflow: string; step: string; name: string } {
		const { workflow, step, name } = this.options.step;
		return { workflow, step, name };
	}
}

interface Lease {
	ceiling: Promise<'ceiling'>;
	isOver(): boolean;
	end(): void;
}

function reasonOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
