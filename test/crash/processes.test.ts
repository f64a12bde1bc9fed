import { DATABASES, TEST_START_MS } from '../engine/databases';
import { compileChild } from './compile';
import { Life, live, passedIn, type Crash, type Ended } from './life';
import { differences } from './oracle';

const HOUR_MS = 3_600_000;
/** Enough of the timeline that everything that is due comes to pass. */
const HOURS = [0, 1, 2, 3, 8, 12, 30];

let child: ReturnType<typeof compileChild>;
beforeAll(() => {
	child = compileChild();
});
afterAll(() => child.remove());

describe('two processes that serve the same journey at once on postgres', () => {
	it.each([
		['both to the end', {}],
		['one of them killed in mid-batch, again and again', { 0: { point: 'attempt:after-commit', occurrence: 2, restMs: 0 }, 2: { point: 'park:before-commit', occurrence: 1, restMs: 0 }, 8: { point: 'send:after-provider', occurrence: 1, restMs: 0 } }],
	] satisfies Array<[string, Record<number, Crash>]>)('lose nobody and mail nobody twice: %s', async (_what, crashes: Record<number, Crash>) => {
		const undisturbed = await live('postgres', child.program, []);
		const life = await Life.begin('postgres', child.program);
		const lines = [];
		for (const hour of HOURS) {
			const nowMs = TEST_START_MS + hour * HOUR_MS;
			lines.push(...(await Promise.all([life.process(nowMs, crashes[hour] ?? null, hour), life.process(nowMs, null, hour)])).flat());
			// The lease of the killed one runs out within the hour. Without this, who orders in the next hour would leave before
			// the replay of their welcome, and rightly get none: another story than the undisturbed one.
			if (crashes[hour] !== undefined) lines.push(...(await life.process(nowMs + 15 * 60_000, null, hour)));
			await life.check(nowMs + 15 * 60_000, hour === HOURS.at(-1));
		}
		const ended = await life.oracle(passedIn(lines));
		const accepted = life.mailbox.accepted.length;
		await life.end();

		expect(life.violations).toEqual([]);
		expect(differences(undisturbed, ended)).toBeNull();
		expect(accepted).toBeGreaterThanOrEqual(undisturbed.accepted - ended.unknown);
		expect(accepted).toBeLessThanOrEqual(undisturbed.accepted);
		if (Object.keys(crashes).length === 0) expect([ended.unknown, accepted]).toEqual([0, undisturbed.accepted]);
	}, 180_000);
});

describe.each(DATABASES)('a process that is stopped, overtaken by another and goes on, on %s', (kind) => {
	it.each(['claim:after-commit', 'route:after-commit', 'reserve:after-commit', 'attempt:after-commit', 'send:after-provider', 'confirm:after-commit', 'park:after-commit', 'settle:after-commit'])('at %s: nobody is moved, mailed or counted twice', async (point) => {
		const undisturbed = await runUndisturbed();
		const life = await Life.begin(kind, child.program);
		const stopped = life.start(TEST_START_MS, { point, occurrence: 1, restMs: 0, signal: 'SIGSTOP' });
		await stopped.atPoint;

		const overtaking = await life.process(TEST_START_MS + 15 * 60_000);
		stopped.goOn();
		const late = await stopped.ended;
		await life.check(TEST_START_MS + 31 * HOUR_MS, true);
		const ended = await life.oracle(passedIn([...overtaking, ...late]));
		const accepted = life.mailbox.accepted.length;
		await life.end();

		expect(late.some((line) => 'died' in line) && late.some((line) => 'done' in line)).toBe(true);
		expect(life.violations).toEqual([]);
		expect(differences(undisturbed, ended)).toBeNull();
		// Whatever was being attempted when it stopped was never attempted by the other, and has been settled by its late end.
		expect([ended.unknown, accepted]).toEqual([0, undisturbed.accepted]);
	}, 120_000);

	it.each(['reserve:after-commit', 'attempt:after-commit'])('at %s, while the one that overtook it is stopped in its turn: each is fenced by the other', async (point) => {
		const undisturbed = await runUndisturbed();
		const life = await Life.begin(kind, child.program);
		const first = life.start(TEST_START_MS, { point, occurrence: 1, restMs: 0, signal: 'SIGSTOP' });
		await first.atPoint;
		const second = life.start(TEST_START_MS + 5 * 60_000, { point: 'begin:after-commit', occurrence: 1, restMs: 0, signal: 'SIGSTOP' });
		await second.atPoint;

		first.goOn();
		const lines = await first.ended;
		second.goOn();
		lines.push(...(await second.ended));
		await life.check(TEST_START_MS + 31 * HOUR_MS, true);
		const ended = await life.oracle(passedIn(lines));
		const accepted = life.mailbox.accepted.length;
		await life.end();

		expect(lines.filter((line) => 'died' in line)).toHaveLength(2);
		expect(life.violations).toEqual([]);
		expect(differences(undisturbed, ended)).toBeNull();
		expect([ended.unknown, accepted]).toEqual([0, undisturbed.accepted]);
	}, 120_000);

	let baseline: Promise<Ended> | undefined;
	const runUndisturbed = () => (baseline ??= live(kind, child.program, []));
});
