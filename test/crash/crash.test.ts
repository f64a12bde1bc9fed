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

		const lives = livesThrough(undisturbed.reached);
		const ended = await inBatches(lives, (crashes) => live(kind, child.program, crashes));

		expect(ended.flatMap(({ died, violations }) => violations.map((found) => ({ died, found })))).toEqual([]);
		expect(ended.map((one) => ({ died: one.died, ...differences(undisturbed, one) })).filter((one) => 'missing' in one)).toEqual([]);
		expect(new Set(ended.map(({ died }) => died[0]))).toEqual(new Set(POINTS));
		// The price of a crash: what was with the provider when the process died, and nothing else.
		expect(ended.every(({ unknown, died }) => unknown <= 5 * died.length)).toBe(true);
		expect(ended.some(({ unknown }) => unknown > 0)).toBe(true);
	}, 1_200_000);

	/** One life for each point, killed there early or in the middle of the run; then once more at any other point on the way. */
	function livesThrough(reached: Record<string, number>): Crash[][] {
		const others = Object.entries(reached);
		return POINTS.map((point, n) => {
			const [next = '', nextTimes = 1] = others[(n * 7 + 5) % others.length] ?? [];
			const rest = (at: number) => RESTS_MS[at % RESTS_MS.length] ?? 0;
			return [
				{ point, occurrence: n % 3 === 0 ? 1 : Math.ceil((reached[point] ?? 1) / 2), restMs: rest(n) },
				{ point: next, occurrence: Math.ceil(nextTimes / 4), restMs: rest(n + 1) },
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

