import { DATABASES } from '../engine/databases';
import { compileChild } from './compile';
import { live, type Crash } from './life';
import { differences } from './oracle';

const AT_A_TIME = 2;
/** Past every lease and deadline; and past the lease (30 s) only, so that an attempt of the dead process is still to be left alone. */
const RESTS_MS = [15 * 60_000, 61_000];
/** Transactions on the life of a token (PROTOCOL.md): a process is killed before and after the commit of each. */
const LIFE_OF_A_TOKEN = ['register', 'ingest', 'claim', 'begin', 'route', 'reserve', 'attempt', 'confirm', 'park', 'throttle', 'join', 'gate-enter', 'gate-attempt', 'gate-leave', 'goal', 'exit', 'settle', 'set-consent', 'time-limit', 'sweep', 'pause-journey', 'resume-journey', 'enroll', 'date-build', 'date-entries', 'broadcast-start', 'broadcast-slice', 'move-people', 'exit-people', 'follow-alerts', 'look-alerts'];
const POINTS = [...LIFE_OF_A_TOKEN.flatMap((name) => [`${name}:before-commit`, `${name}:after-commit`]), 'send:after-provider'];

describe.each(DATABASES)('a process killed at a named point, on %s', (kind) => {
	let child: ReturnType<typeof compileChild>;
	beforeAll(() => {
		child = compileChild();
	});
	afterAll(() => child.remove());

	it('nobody is lost, doubled or mailed twice, wherever it is killed and however often', async () => {
		const undisturbed = await live(kind, child.program, []);
		expect(undisturbed).toMatchObject({ unknown: 0, violations: [], died: [] });
		expect(undisturbed.oracle.filter((line) => line.includes('stuck') || line.includes('active'))).toEqual([]);
		for (const way of ['click', 'pro', 'goal', 'offer', 'met', 'alone', 'told', 'reminder', 'Not a fit', 'Ordered', 'no consent', 'time limit', 'gift', 'ribbon', 'out of ribbon', 'renewal', 'broadcast', 'counted wf:trigger entered 30']) expect(undisturbed.oracle.join('\n')).toContain(way);
		expect(Object.keys(undisturbed.reached)).toEqual(expect.arrayContaining(POINTS));

		const ended = await inBatches(livesThrough(undisturbed.reached), (crashes) => live(kind, child.program, crashes));
		const died = new Set(ended.flatMap((one) => one.died));
		ended.push(...(await inBatches(POINTS.filter((point) => !died.has(point)).map((point) => [{ point, occurrence: 1, restMs: RESTS_MS[0] ?? 0 }]), (crashes) => live(kind, child.program, crashes))));

		expect(ended.flatMap((one) => one.violations.map((found) => ({ died: one.died, found })))).toEqual([]);
		expect(ended.map((one) => ({ died: one.died, ...differences(undisturbed, one) })).filter((one) => 'missing' in one)).toEqual([]);
		expect(new Set(ended.flatMap((one) => one.died))).toEqual(new Set(POINTS));
		// The price of a crash: what was with the provider when the process died, and nothing else.
		expect(ended.every((one) => one.unknown <= 5 * one.died.length)).toBe(true);
		expect(ended.some(({ unknown }) => unknown > 0)).toBe(true);
	}, 1_200_000);

	/**
	 * Two points a life: it is killed at one that comes early in the story, the first time or in the middle of the run, and once more at one that comes later.
	 * A life for each would take twice as long. A later one that is over by then (the test looks) has a life of its own.
	 */
	function livesThrough(reached: Record<string, number>): Crash[][] {
		const points = Object.keys(reached).filter((point) => POINTS.includes(point));
		const half = Math.ceil(points.length / 2);
		const rest = (at: number) => RESTS_MS[at % RESTS_MS.length] ?? 0;
		return points.slice(0, half).map((point, n) => {
			const later = points[half + n];
			return [
				{ point, occurrence: n % 3 === 0 ? 1 : Math.ceil((reached[point] ?? 1) / 2), restMs: rest(n) },
				...(later === undefined ? [] : [{ point: later, occurrence: Math.ceil((reached[later] ?? 1) / 4), restMs: rest(n + 1) }]),
			];
		});
	}
});

async function inBatches<Given, Result>(given: readonly Given[], work: (one: Given) => Promise<Result>): Promise<Result[]> {
	const results: Result[] = [];
	const waiting = given.map((one, n) => ({ one, n }));
	await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
		for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next.n] = await work(next.one);
	}));
	return results;
}

