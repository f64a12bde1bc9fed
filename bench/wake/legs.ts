import type { LocalEngine, StepRef } from '../../engine';
import type { ManualClock } from '../../engine/kernel';
import { DUE_FROM_MS, WAITS } from './parked';

export const BATCH = 500;

/** What a leg cost: of the whole process, since SQLite writes in the thread that asks. */
export interface Cost {
	contacts: number;
	wallMs: number;
	cpuMs: number;
}

/** Runs work that moves so many contacts on, and says what it took. */
export async function costOf(contacts: number, work: () => Promise<void> | void): Promise<Cost> {
	const cpu = process.cpuUsage();
	const startedMs = performance.now();
	await work();
	const { user, system } = process.cpuUsage(cpu);
	return { contacts, wallMs: performance.now() - startedMs, cpuMs: (user + system) / 1_000 };
}

/**
 * The next contacts of a database of parkedDatabase: each call of `wake` takes those that are due after the last. They are parked at the other of two waits, for as
 * many milliseconds as there are people, who come one a millisecond: so they are due again, there, when all others have been.
 */
export class EngineSide {
	private woken = 0;

	constructor(private readonly engine: LocalEngine, private readonly clock: ManualClock, private readonly people: number) {}

	/** As a pump and the nodes of an execution do it: claim, begin, park again, settle. In batches of 500; `contacts` a multiple of that. */
	async wake(contacts: number): Promise<Cost> {
		const [from, to] = directionOf(this.woken, this.people);
		this.woken += contacts;
		this.clock.set(DUE_FROM_MS + this.woken - 1);
		return await costOf(contacts, async () => {
			for (let done = 0; done < contacts; done += BATCH) await this.batch(WAITS[from], WAITS[to]);
		});
	}

	private async batch(here: StepRef, next: StepRef): Promise<void> {
		const { journeys } = this.engine;
		const { nonce, items } = await journeys.claim(here, { limit: BATCH, leaseMs: 30_000 });
		const { live } = await journeys.begin({ nonce, workflow: here.workflow, steps: [here.step, next.step], foreignEffects: false });
		if (live.length !== BATCH) throw new Error(`A claim took ${live.length} of ${BATCH} contacts that were due.`);
		const parked = await journeys.park({ step: next, items: items.map(({ stamp }, index) => ({ index, stamp })), delayMs: this.people });
		if (!parked.every((one) => one.parked)) throw new Error('Not everybody was parked again.');
		const { settled } = await journeys.settle(nonce, { kind: 'success' });
		if (settled !== BATCH) throw new Error(`Only ${settled} of ${BATCH} contacts were settled.`);
	}
}

/** Of two waits: whose people are next, and where they go. `people` is a multiple of what a round takes. */
export function directionOf(woken: number, people: number): [from: 0 | 1, to: 0 | 1] {
	return Math.floor(woken / people) % 2 === 0 ? [0, 1] : [1, 0];
}
