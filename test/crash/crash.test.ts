import { DATABASES } from '../engine/databases';
import type { StoryName } from './child';
import { compileChild } from './compile';
import { live, type Crash } from './life';
import { differences } from './oracle';
import { LIFE_OF_A_TOKEN, SURROUNDINGS } from './points';

const AT_A_TIME = 2;
/** Five turns of five connections: what may be with the provider at once while it takes everything (messages/calls.ts). */
const MOST_UNKNOWN = 25;
/** Past every lease and deadline; and past the lease (30 s) only, so that an attempt of the dead process is still to be left alone. */
const RESTS_MS = [15 * 60_000, 61_000];

interface Told {
	story: StoryName;
	points: string[];
	/** Of the undisturbed life: what must have come to pass for the others to mean anything. */
	ways: string[];
	/** Kills in one life, spread over it. */
	perLife: number;
	/** Messages that are with the provider when a process dies are unknown; a story that is not cut there has none. */
	unknowns: boolean;
}

const around = (names: readonly string[]) => names.flatMap((name) => [`${name}:before-commit`, `${name}:after-commit`]);

const STORIES: Told[] = [
	{
		story: 'life of a token', points: [...around(LIFE_OF_A_TOKEN), 'send:after-provider'], perLife: 2, unknowns: true,
		ways: ['click', 'pro', 'goal', 'offer', 'met', 'alone', 'told', 'reminder', 'Not a fit', 'Ordered', 'no consent', 'time limit', 'gift', 'ribbon', 'out of ribbon', 'renewal', 'best', 'reached', 'renewed', 'broadcast', 'counted wf:trigger entered 30'],
	},
	{
		story: 'surroundings', points: around(SURROUNDINGS), perLife: 3, unknowns: false,
		ways: ['0 second', '1 both', '122 stay', '23 stay', 'time limit', 'assigned 1, matured 1', 'alert held, untold 0', 'alert sendingStopped, untold 0', ...['begin entered 20', 'faded entered 20', 'listed entered 5', 'staged entered 5', 'unopened entered 10', 'locals entered 6', 'visit entered 2', 'asked entered 3'].map((way) => `counted wf:${way}`)],
	},
];

describe.each(DATABASES)('a process killed at a named point, on %s', (kind) => {
	let child: ReturnType<typeof compileChild>;
	beforeAll(() => {
		child = compileChild();
	});
	afterAll(() => child.remove());

	it.each(STORIES)('nobody is lost, doubled or mailed twice, wherever it is killed and however often: $story', async ({ story, points, ways, perLife, unknowns }) => {
		const lived = async (crashes: Crash[]) => await live(kind, child.program, crashes, story);
		const undisturbed = await lived([]);
		expect(undisturbed).toMatchObject({ unknown: 0, violations: [], died: [] });
		expect(undisturbed.oracle.filter((line) => line.includes('stuck') || line.includes('active'))).toEqual([]);
		for (const way of ways) expect(undisturbed.oracle.join('\n')).toContain(way);
		expect(Object.keys(undisturbed.reached)).toEqual(expect.arrayContaining(points));

		const ended = await inBatches(livesThrough(Object.entries(undisturbed.reached).filter(([point]) => points.includes(point)), perLife), lived);
		const died = new Set(ended.flatMap((one) => one.died));
		ended.push(...(await inBatches(points.filter((point) => !died.has(point)).map((point) => [{ point, occurrence: 1, restMs: RESTS_MS[0] ?? 0 }]), lived)));

		expect(ended.flatMap((one) => one.violations.map((found) => ({ died: one.died, found })))).toEqual([]);
		expect(ended.map((one) => ({ died: one.died, ...differences(undisturbed, one) })).filter((one) => 'missing' in one)).toEqual([]);
		expect(new Set(ended.flatMap((one) => one.died))).toEqual(new Set(points));
		// The price of a crash: what was with the provider when the process died, and nothing else.
		expect(ended.filter((one) => one.unknown > (unknowns ? MOST_UNKNOWN * one.died.length : 0)).map(({ died, unknown }) => ({ died, unknown }))).toEqual([]);
		expect(ended.some(({ unknown }) => unknown > 0)).toBe(unknowns);
	// Some forty lives: measured 65 s (SQLite) with one other job on the machine, nine minutes (PostgreSQL) with ten.
	}, 3_600_000);
});

/**
 * Several points a life: it is killed at one that comes early in the story, the first time or in the middle of the run, and again at others that come later.
 * A life for each would take that many times as long. A later one that is over by then (the test looks) has a life of its own.
 */
function livesThrough(reached: ReadonlyArray<[point: string, times: number]>, perLife: number): Crash[][] {
	const size = Math.ceil(reached.length / perLife);
	const rest = (at: number) => RESTS_MS[at % RESTS_MS.length] ?? 0;
	return reached.slice(0, size).map(([point, times], n) => [
		{ point, occurrence: n % 3 === 0 ? 1 : Math.ceil(times / 2), restMs: rest(n) },
		...Array.from({ length: perLife - 1 }, (_, k) => reached[(k + 1) * size + n]).flatMap((later, k) => (later === undefined ? [] : [{ point: later[0], occurrence: Math.ceil(later[1] / 4), restMs: rest(n + k + 1) }])),
	]);
}

async function inBatches<Given, Result>(given: readonly Given[], work: (one: Given) => Promise<Result>): Promise<Result[]> {
	const results: Result[] = [];
	const waiting = given.map((one, n) => ({ one, n }));
	await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
		for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next.n] = await work(next.one);
	}));
	return results;
}

