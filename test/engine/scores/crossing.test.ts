import fc from 'fast-check';

import { nextCrossing } from '../../../engine/scores/crossing';
import { bucketOf, gradeOf, levelsOf, reached, type Levels } from '../../../engine/scores/levels';
import { knownRule, Part } from '../../../engine/scores/points';
import { sumsAt } from '../../../engine/scores/score-people';
import { checkModel, eventOf } from '../../../engine/scores/check';
import { checkRule } from '../../../engine/segments';
import { DAY_MS, model } from './fixture';

const START_MS = 1_800_000_000_000;
const when = { event: 'A' };

function part(rule: { points: number; group: 'fit' | 'engagement'; halfLifeMs: number | null; expiresMs: number | null; capPoints: number | null }, agesMs: number[]): Part {
	const { points, group, halfLifeMs, expiresMs, capPoints } = rule;
	const known = knownRule({
		name: 'r', group, points, when, mode: 'perOccurrence',
		...(capPoints === null ? {} : { cap: { points: capPoints } }),
		...(halfLifeMs === null ? {} : { decay: { halfLifeDays: halfLifeMs / DAY_MS } }),
		...(expiresMs === null ? {} : { expiresAfterDays: expiresMs / DAY_MS }),
	}, when, checkRule(when), eventOf(when));
	const timesMs = agesMs.map((age) => START_MS - age).filter((at) => expiresMs === null || at + expiresMs > START_MS).sort((a, b) => b - a);
	return new Part(known, { kind: 'times', timesMs });
}

function levelAt(parts: readonly Part[], levels: Levels, atMs: number): string {
	const sums = sumsAt(parts, atMs);
	return `${bucketOf(levels, sums)} ${gradeOf(levels, sums)} ${reached(levels.watched, sums.fit + sums.engagement)}`;
}

const parts = fc.array(
	fc.tuple(
		fc.record({
			points: fc.constantFrom(-60, -12.5, 0.01, 20, 35, 80), group: fc.constantFrom('fit' as const, 'engagement' as const),
			halfLifeMs: fc.constantFrom(null, 50, 200, 1000), expiresMs: fc.constantFrom(null, 100, 900), capPoints: fc.constantFrom(null, 30),
		}),
		fc.array(fc.integer({ min: 0, max: 800 }), { maxLength: 4 }),
	).map(([rule, ages]) => part(rule, ages)),
	{ minLength: 1, maxLength: 4 },
);

describe('the next instant at which time alone changes a level', () => {
	it('is the first millisecond of all at which it is another, for sums that rise and fall', () => {
		const levels = levelsOf(checkModel(model([])), [0, 1234, 5000]);
		fc.assert(fc.property(parts, fc.integer({ min: 1, max: 3000 }), (given, spanMs) => {
			const before = levelAt(given, levels, START_MS);
			let expected: number | null = null;
			for (let atMs = START_MS + 1; atMs <= START_MS + spanMs && expected === null; atMs += 1) if (levelAt(given, levels, atMs) !== before) expected = atMs;

			expect(nextCrossing(given, levels, START_MS, START_MS + spanMs)).toBe(expected);
		}), { numRuns: 800 });
	});

	it('never comes for what does not fade, nor after everything has faded', () => {
		const levels = levelsOf(checkModel(model([])), []);
		const still = part({ points: 40, group: 'fit', halfLifeMs: null, expiresMs: null, capPoints: null }, [10]);
		const faded = part({ points: 0.01, group: 'fit', halfLifeMs: 1000, expiresMs: null, capPoints: null }, [60_000]);

		expect(nextCrossing([still, faded], levels, START_MS, Number.POSITIVE_INFINITY)).toBeNull();
	});
});
