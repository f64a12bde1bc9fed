import type { IRun } from 'n8n-workflow';

import { createEngine, ManualClock, silentLog } from '../../../engine';
import type { LocalEngine, StepRef } from '../../../engine';
import { startPump } from '../../../nodes/shared/pump';
import type { DonePromise, Pump, PumpOptions, Timers } from '../../../nodes/shared/pump';
import { emptyDatabase, TEST_START_MS } from '../../engine/databases';
import { eventually } from '../harness/journey';

const step: StepRef = { workflow: 'w', step: 'start', name: 'Start', type: 'trigger' };
const LEASE_MS = 30_000;

/** Timers that fire only when the test says so, by the engine's own clock. */
class ManualTimers implements Timers {
	private readonly waiting = new Map<number, { callback: () => void; atMs: number }>();
	private next = 0;

	constructor(private readonly clock: ManualClock) {}

	set(callback: () => void, delayMs: number): number {
		this.next += 1;
		this.waiting.set(this.next, { callback, atMs: this.clock.nowMs() + delayMs });
		return this.next;
	}

	clear(handle: unknown): void {
		this.waiting.delete(handle as number);
	}

	/** Moves the clock and fires what became due, each at its time. */
	advance(byMs: number): void {
		const untilMs = this.clock.nowMs() + byMs;
		for (;;) {
			const [first] = [...this.waiting].filter(([, { atMs }]) => atMs <= untilMs).sort(([, a], [, b]) => a.atMs - b.atMs);
			if (!first) break;
			this.waiting.delete(first[0]);
			this.clock.advance(Math.max(0, first[1].atMs - this.clock.nowMs()));
			first[1].callback();
		}
		this.clock.set(untilMs);
	}
}

function deferred(): DonePromise {
	let resolve: DonePromise['resolve'] = () => undefined;
	let reject: DonePromise['reject'] = () => undefined;
	const promise = new Promise<IRun>((yes, no) => {
		resolve = yes;
		reject = no;
	});
	return { promise, resolve, reject };
}

interface Emission {
	tokens: string[];
	stamps: Array<{ token: string }>;
	key: string;
	done: DonePromise;
}

let engine: LocalEngine;
let clock: ManualClock;
let timers: ManualTimers;
let drop: () => Promise<void>;
let pump: Pump | undefined;
let emissions: Emission[];

beforeEach(async () => {
	clock = new ManualClock(TEST_START_MS);
	timers = new ManualTimers(clock);
	emissions = [];
	const empty = await emptyDatabase('sqlite');
	drop = empty.drop;
	engine = await createEngine({ database: empty.database, clock });
	await engine.journeys.register(step, {
		name: 'J', entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime', fields: [], carryEvent: false, onFailure: 'hold',
	});
});

afterEach(async () => {
	pump?.stop();
	pump = undefined;
	await engine.close();
	await drop();
});

function start(options: Partial<PumpOptions> = {}): Pump {
	pump = startPump({
		engine,
		step,
		clock,
		timers,
		leaseMs: LEASE_MS,
		log: silentLog,
		createDeferredPromise: deferred,
		emit: (data, _response, done, key) => {
			const stamps = (data[0] ?? []).map(({ json }) => json._journey as { token: string });
			emissions.push({ tokens: stamps.map(({ token }) => token), stamps, key, done });
		},
		...options,
	});
	return pump;
}

async function enter(people: number): Promise<void> {
	await engine.events.ingest(
		Array.from({ length: people }, (_, place) => ({ type: 'track' as const, event: 'Signed Up', userId: `p${place}`, timestamp: clock.nowMs() })),
		{ source: 'test' },
	);
}

/** What the first of our nodes in the execution does. */
async function begin(emission: Emission): Promise<void> {
	await engine.journeys.begin({ nonce: emission.key, workflow: 'w', steps: ['start'], foreignEffects: false });
}

function run(status: IRun['status'], more: Partial<IRun> = {}): IRun {
	return { status, data: { resultData: { runData: {} } }, ...more } as IRun;
}

async function atStart(): Promise<{ due: number; held: number; away: number; completed: number }> {
	const [status] = await engine.journeys.status();
	const here = status?.steps.find((one) => one.step === 'start');
	return { due: here?.due ?? 0, held: here?.held ?? 0, away: here?.away ?? 0, completed: status?.completed ?? 0 };
}

const emitted = async (count: number) => await eventually(() => emissions.length >= count);
const emission = (place: number): Emission => {
	const one = emissions[place];
	if (!one) throw new Error(`There is no emission ${place}`);
	return one;
};

describe('the pump', () => {
	it('wakes when somebody becomes due, without waiting for its poll', async () => {
		start();
		await enter(1);

		await emitted(1);

		expect(emission(0).tokens).toHaveLength(1);
	});

	it('rule 5: the key of an emission is its lease\'s nonce, and each item carries token, epoch, nonce and trail', async () => {
		await enter(2);
		start();
		await emitted(1);

		const stamps = emission(0).stamps;
		await begin(emission(0));
		emission(0).done.resolve(run('success'));

		await eventually(async () => (await atStart()).completed === 2);
		expect(stamps).toEqual([0, 1].map(() => ({ token: expect.any(String) as string, epoch: 1, nonce: emission(0).key, trail: '', enrollment: expect.any(Number) as number, profile: expect.any(Number) as number, outcome: 'due' })));
		expect(new Set(stamps.map(({ token }) => token)).size).toBe(2);
	});

	it('rule 5: an emission that n8n calls a duplicate proves nothing, though its people had begun: they come again', async () => {
		await enter(1);
		start();
		await emitted(1);
		await begin(emission(0));

		emission(0).done.resolve(undefined as unknown as IRun);

		await emitted(2);
		expect(emission(1).tokens).toEqual(emission(0).tokens);
		expect(await atStart()).toMatchObject({ completed: 0, held: 0 });
	});

	it('rule 24: settles again and again while the database is busy, renewing meanwhile, so that nobody else claims its people', async () => {
		let failures = 6;
		const busy = {
			...engine.journeys,
			settle: async (...args: Parameters<typeof engine.journeys.settle>) => {
				if (failures > 0) {
					failures -= 1;
					throw new Error('The database is busy');
				}
				return await engine.journeys.settle(...args);
			},
		};
		await enter(1);
		start({ engine: { journeys: busy, onWake: () => () => undefined } });
		await emitted(1);
		await begin(emission(0));
		emission(0).done.resolve(run('success'));

		const stolen: unknown[] = [];
		await eventually(async () => {
			timers.advance(LEASE_MS / 6);
			await engine.journeys.status();
			stolen.push(...(await engine.journeys.claim(step, { limit: 10, leaseMs: LEASE_MS })).items);
			return (await atStart()).completed === 1;
		});

		expect(clock.nowMs() - TEST_START_MS).toBeGreaterThan(LEASE_MS / 2);
		expect([failures, stolen, emissions.length]).toEqual([0, [], 1]);
	});

	it('keeps at most two batches in flight and goes on when one is done', async () => {
		await enter(6);
		start({ batchSize: 2 });
		await emitted(2);
		timers.advance(5_000);
		await engine.journeys.status();
		expect(emissions).toHaveLength(2);

		await begin(emission(0));
		emission(0).done.resolve(run('success'));

		await emitted(3);
		expect(new Set(emissions.flatMap(({ tokens }) => tokens)).size).toBe(6);
	});

	it('finds people of other processes by its poll', async () => {
		start({ engine: { journeys: engine.journeys, onWake: () => () => undefined } });
		await enter(1);

		await eventually(() => {
			timers.advance(100);
			return emissions.length === 1;
		});
	});

	it.each<[string, IRun, Partial<Awaited<ReturnType<typeof atStart>>>]>([
		['completes people after a success with a receipt', run('success'), { completed: 1, due: 0 }],
		['completes people after a success in queue mode, whose run data is empty', run('success', { finished: true }), { completed: 1 }],
		['puts people away while a foreign wait holds the execution', run('waiting', { waitTill: new Date(TEST_START_MS + 60_000) }), { away: 1, completed: 0 }],
		['holds people after an error', run('error'), { held: 1, completed: 0 }],
		['holds people after a crash', run('crashed'), { held: 1, completed: 0 }],
		['holds people after a cancellation', run('canceled'), { held: 1, completed: 0 }],
	])('%s', async (_title, result, expected) => {
		await enter(1);
		start();
		await emitted(1);
		await begin(emission(0));

		emission(0).done.resolve(result);

		await pump?.idle();
		expect(await atStart()).toMatchObject(expected);
	});

	it('releases people whose emission was taken for a duplicate, since nothing ran (rule 5)', async () => {
		await enter(1);
		start();
		await emitted(1);

		emission(0).done.resolve(undefined as unknown as IRun);

		await emitted(2);
		expect(emission(1).tokens).toEqual(emission(0).tokens);
		expect(emission(1).key).not.toBe(emission(0).key);
	});

	it('releases people of a success without a receipt, since no node of ours ran', async () => {
		await enter(1);
		start();
		await emitted(1);

		emission(0).done.resolve(run('success'));

		await emitted(2);
		expect((await atStart()).completed).toBe(0);
	});

	it('holds people when the promise is rejected after their nodes began (rule 9)', async () => {
		await enter(1);
		start();
		await emitted(1);
		await begin(emission(0));

		emission(0).done.reject(new Error('The execution timed out'));

		await eventually(async () => (await atStart()).held === 1);
	});

	it('renews the lease for as long as the execution runs (rule 8)', async () => {
		await enter(1);
		start();
		await emitted(1);
		await begin(emission(0));

		for (let third = 0; third < 12; third += 1) {
			timers.advance(LEASE_MS / 3);
			await engine.journeys.status();
		}

		expect((await engine.journeys.claim(step, { limit: 10, leaseMs: LEASE_MS })).items).toEqual([]);
		expect(emissions).toHaveLength(1);
	});

	it('gives up on an execution that never ends, and its people come again (rule 8)', async () => {
		await enter(1);
		start({ ceilingMs: 2 * LEASE_MS });
		await emitted(1);

		await eventually(() => {
			timers.advance(LEASE_MS / 3);
			return emissions.length === 2;
		});

		expect(emission(1).tokens).toEqual(emission(0).tokens);
	});

	it('claims nobody after it was stopped, and settles what was in flight (rule 21)', async () => {
		await enter(1);
		start();
		await emitted(1);
		await begin(emission(0));

		pump?.stop();
		await enter(3);
		timers.advance(10_000);
		emission(0).done.resolve(run('success'));
		await pump?.idle();

		expect(emissions).toHaveLength(1);
		expect(await atStart()).toMatchObject({ completed: 1, due: 3 });
		// Nor did it claim them and give them back.
		expect((await engine.journeys.claim(step, { limit: 10, leaseMs: LEASE_MS })).items.map(({ stamp }) => stamp.epoch)).toEqual([1, 1, 1]);
	});

	it('takes a failure for a crash once n8n is being ended: nobody is held, the next start goes the same way again', async () => {
		let ending = false;
		await enter(2);
		start({ isEnding: () => ending });
		await emitted(1);
		await begin(emission(0));

		ending = true;
		emission(0).done.reject(new Error('Task request timed out'));
		await pump?.idle();
		pump?.stop();
		ending = false;
		clock.advance(LEASE_MS + 1);
		start();
		await emitted(2);

		expect(emission(1).tokens).toEqual(emission(0).tokens);
		expect(await atStart()).toMatchObject({ held: 0 });
	});

	it('releases people when n8n refuses the emission at once', async () => {
		await enter(1);
		let refusals = 0;
		start({
			emit: (data, _response, done, key) => {
				refusals += 1;
				if (refusals === 1) throw new Error('The workflow is not active');
				emissions.push({ tokens: (data[0] ?? []).map(({ json }) => String(json.id)), stamps: [], key, done });
			},
		});

		await eventually(() => {
			timers.advance(250);
			return emissions.length === 1;
		});

		expect(refusals).toBe(2);
	});

	it('goes on after the engine failed, with longer and longer pauses', async () => {
		const pauses: number[] = [];
		let failures = 3;
		const failing = {
			...engine.journeys,
			claim: async (...args: Parameters<typeof engine.journeys.claim>) => {
				if (failures > 0) {
					failures -= 1;
					pauses.push(clock.nowMs() - TEST_START_MS);
					throw new Error('The database is away');
				}
				return await engine.journeys.claim(...args);
			},
		};
		await enter(1);
		start({ engine: { journeys: failing, onWake: () => () => undefined } });

		await eventually(() => {
			timers.advance(50);
			return emissions.length === 1;
		});

		const [first = 0, second = 0, third = 0] = pauses;
		// The test's clock moves 50 ms at a time.
		expect(second - first).toBeGreaterThanOrEqual(250);
		expect(third - second).toBeGreaterThanOrEqual(500);
	});
});
