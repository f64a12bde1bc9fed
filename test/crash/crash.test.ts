import { DATABASES } from '../engine/databases';
import { compileChild } from './compile';
import { live, type Crash } from './life';
import { differences } from './oracle';

const AT_A_TIME = 2;
/** Past every lease and deadline; and past the lease (30 s) only, so that an attempt of the dead process is still to be left alone. */
const RESTS_MS = [15 * 60_000, 61_000];
/** Points on the life of a token (PROTOCOL.md) that a whole run must come by. */
const EXPECTED = ['register', 'ingest', 'claim', 'begin', 'route', 'reserve', 'attempt', 'confirm', 'park', 'goal', 'exit', 'settle', 'set-consent', 'sweep'];

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
		for (const way of ['click', 'pro', 'goal', 'offer', 'reminder', 'Not a fit', 'Ordered', 'no consent']) expect(undisturbed.oracle.join('\n')).toContain(way);
		const points = Object.keys(undisturbed.reached);
		expect(points).toEqual(expect.arrayContaining([...EXPECTED.flatMap((name) => [`${name}:before-commit`, `${name}:after-commit`]), 'send:after-provider']));

		const lives = livesThrough(undisturbed.reached);
		const ended = await inBatches(lives, (crashes) => live(kind, child.program, crashes));

		expect(ended.flatMap(({ died, violations }) => violations.map((found) => ({ died, found })))).toEqual([]);
		expect(ended.map((one) => ({ died: one.died, ...differences(undisturbed, one) })).filter((one) => 'missing' in one)).toEqual([]);
		expect(new Set(ended.map(({ died }) => died[0]))).toEqual(new Set(points));
		// The price of a crash: what was with the provider when the process died, and nothing else.
		expect(ended.every(({ unknown, died }) => unknown <= 5 * died.length)).toBe(true);
		expect(ended.some(({ unknown }) => unknown > 0)).toBe(true);
	}, 600_000);

	/** One life for each point, killed there early or in the middle of the run; then once more at another point on the way. */
	function livesThrough(reached: Record<string, number>): Crash[][] {
		const points = Object.entries(reached);
		return points.map(([point, times], n) => {
			const [next = '', nextTimes = 1] = points[(n * 7 + 5) % points.length] ?? [];
			const rest = (at: number) => RESTS_MS[at % RESTS_MS.length] ?? 0;
			return [
				{ point, occurrence: n % 3 === 0 ? 1 : Math.ceil(times / 2), restMs: rest(n) },
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

