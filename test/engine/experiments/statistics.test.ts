import fc from 'fast-check';

import { alwaysValid, mean, naive, repeat, seeded, share } from '../../../bench/experiments/simulate';
import { banditChances, emptyEvidence, learn, neededOf, posteriorOf, rateInterval, standings, tallyOf, weakestOf, winnerOf } from '../../../engine/experiments';

const named = ({ winner }: { winner: number | null }) => winner !== null;
const AA = { rates: [0.1, 0.1], people: 4_000, every: 100 };

describe('the test of an experiment', () => {
	it('names a winner in at most 5 % of A/A tests that are looked at after every 100 people; the test of two proportions does in far more', () => {
		const ours = share(repeat(AA, 300, alwaysValid), named);
		const peeked = share(repeat(AA, 300, naive), named);

		expect(ours).toBeLessThanOrEqual(0.05);
		expect(peeked).toBeGreaterThan(0.15);
	});

	it.each<[string, Parameters<typeof repeat>[0]]>([
		['four paths', { ...AA, rates: [0.1, 0.1, 0.1, 0.1] }],
		['rates that swing', { ...AA, rates: [0, 0].map(() => (person: number) => (person % 1_000 < 500 ? 0.03 : 0.4)) }],
		['a bandit, whose chances follow from outcomes that come later', { ...AA, people: 3_000, bandit: { floor: 0.02 }, delay: 300, minimumPeople: 30 }],
		['two equal paths above a worse one', { ...AA, rates: [0.12, 0.12, 0.06] }],
	])('keeps to 5 %% with %s', (_what, trial) => {
		expect(share(repeat(trial, 150, alwaysValid), ({ winner }) => winner !== null)).toBeLessThanOrEqual(0.05);
	});

	it('finds a real difference, and the right one', () => {
		const outcomes = repeat({ rates: [0.1, 0.16], people: 8_000, every: 100 }, 60, alwaysValid);

		expect(share(outcomes, ({ winner }) => winner === 1)).toBeGreaterThan(0.95);
		expect(mean(outcomes.map(({ people }) => people))).toBeLessThan(4_000);
	});

	it('wagers fairly: the mean over the paths of a person, as they are drawn, is exactly 1 whatever came before', () => {
		fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.boolean()), { maxLength: 60 }), fc.tuple(fc.double({ min: 0.02, max: 1, noNaN: true }), fc.double({ min: 0.02, max: 1, noNaN: true })), fc.boolean(), (past, [one, other], converted) => {
			const chances = { 0: one, 1: other };
			const after = (path: number) => {
				const evidence = emptyEvidence();
				for (const [before, did] of past) learn(evidence, { path: before, chances: { 0: 0.4, 1: 0.3, 2: 0.3 }, converted: did });
				const had = new Map(evidence.wagers);
				learn(evidence, { path, chances, converted });
				return ['0>1', '1>0'].map((bet) => Math.exp((evidence.wagers.get(bet) ?? 0) - (had.get(bet) ?? 0)));
			};
			const [zero, first] = [after(0), after(1)];
			for (const bet of [0, 1]) expect((one * (zero[bet] ?? 0) + other * (first[bet] ?? 0)) / (one + other)).toBeCloseTo(1, 9);
		}), { numRuns: 300 });
	});

	it('names nobody before each path has enough people, and a path without chances is no part of it', () => {
		const evidence = emptyEvidence();
		const random = seeded(3);
		for (let n = 0; n < 400; n += 1) learn(evidence, { path: n % 2, chances: { 0: 0.5, 1: 0.5 }, converted: random() < (n % 2 === 1 ? 0.9 : 0.1) });

		expect(winnerOf(evidence, [0, 1], { alpha: 0.05, minimumPeople: 200 })).toBe(1);
		expect(winnerOf(evidence, [0, 1], { alpha: 0.05, minimumPeople: 201 })).toBeNull();
		expect(winnerOf(evidence, [0, 1, 2], { alpha: 0.05, minimumPeople: 0 })).toBeNull();
		const before = weakestOf(evidence, 1, [0, 1]);
		learn(evidence, { path: 1, chances: { 1: 1, 0: 0 }, converted: true });
		expect(weakestOf(evidence, 1, [0, 1])).toBe(before);
		expect([neededOf(2, 0.05), neededOf(4, 0.05)].map(Math.exp).map(Math.round)).toEqual([20, 80]);
	});
});

describe('what is known of a rate', () => {
	it('lies in its confidence sequence at every look at once, in 95 % of the runs and more', () => {
		const missed = Array.from({ length: 300 }, (_none, run) => {
			const random = seeded(run + 1);
			const tally = { matured: 0, conversions: 0 };
			for (let n = 1; n <= 2_000; n += 1) {
				tally.matured += 1;
				if (random() < 0.07) tally.conversions += 1;
				const [low, high] = n % 20 === 0 ? rateInterval(tally, 0.05) : [0, 1];
				if (low > 0.07 || high < 0.07) return 1;
			}
			return 0;
		});

		expect(mean(missed)).toBeLessThanOrEqual(0.05);
	});

	it.each([[0, 0], [0, 50], [50, 50], [1, 1_000], [400, 1_000]])('has an interval around %i of %i that narrows as people come', (conversions, matured) => {
		const [low, high] = rateInterval({ matured, conversions }, 0.05);
		const [closer, further] = rateInterval({ matured: matured * 100, conversions: conversions * 100 }, 0.05);

		expect(low).toBeGreaterThanOrEqual(0);
		expect(high).toBeLessThanOrEqual(1);
		expect(low).toBeLessThanOrEqual(matured === 0 ? 0 : conversions / matured);
		expect(high).toBeGreaterThanOrEqual(matured === 0 ? 1 : conversions / matured);
		if (matured > 0) expect(further - closer).toBeLessThan(high - low);
	});

	it.each<[string, Array<[conversions: number, matured: number]>]>([
		['like ones', [[10, 100], [10, 100], [10, 100]]],
		['unlike ones', [[10, 100], [14, 100], [8, 90]]],
		['one of a million people and one of ten', [[50_000, 1_000_000], [1, 10]]],
		['no people at all', [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0]]],
		['nobody who converted', [[0, 1_000_000], [0, 1_000]]],
	])('says who is the best as drawing from the posteriors does: %s', (_what, tallies) => {
		const posteriors = tallies.map(([conversions, matured]) => posteriorOf({ conversions, matured }));
		const random = seeded(11);
		const wins = posteriors.map(() => 0);
		let lost = posteriors.map(() => 0);
		const draws = 20_000;
		for (let n = 0; n < draws; n += 1) {
			const rates = posteriors.map(({ a, b }) => betaDraw(a, b, random));
			const best = Math.max(...rates);
			wins[rates.indexOf(best)] = (wins[rates.indexOf(best)] ?? 0) + 1;
			lost = lost.map((sum, j) => sum + best - (rates[j] ?? 0));
		}

		for (const [j, { probabilityBest, expectedLoss }] of standings(posteriors).entries()) {
			expect(probabilityBest).toBeCloseTo((wins[j] ?? 0) / draws, 1);
			expect(Math.abs(probabilityBest - (wins[j] ?? 0) / draws)).toBeLessThan(0.015);
			expect(Math.abs(expectedLoss - (lost[j] ?? 0) / draws)).toBeLessThan(0.004);
		}
	});
});

describe('a bandit', () => {
	it('gives all people a path, and each path its floor', () => {
		const chances = banditChances([posteriorOf({ matured: 5_000, conversions: 500 }), posteriorOf({ matured: 5_000, conversions: 900 }), posteriorOf({ matured: 100, conversions: 3 })], 0.02);

		expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9);
		expect(chances[0]).toBeCloseTo(0.02, 6);
		expect(chances[1]).toBeCloseTo(0.96, 4);
	});

	it('loses far fewer conversions than equal parts', () => {
		const trial = { rates: [0.05, 0.06, 0.1], people: 4_000, every: 100 };
		const lost = (bandit?: { floor: number }) => mean(repeat(bandit === undefined ? trial : { ...trial, bandit }, 20, null).map(({ regret }) => regret));

		expect(lost({ floor: 0.02 })).toBeLessThan(lost() / 2);
		expect(tallyOf(emptyEvidence(), 1)).toEqual({ matured: 0, conversions: 0 });
	});
});

/** Beta as a ratio of gammas (Marsaglia & Tsang 2000): another way than the engine's. */
function betaDraw(a: number, b: number, random: () => number): number {
	const [x, y] = [gammaDraw(a, random), gammaDraw(b, random)];
	return x / (x + y);
}

function gammaDraw(shape: number, random: () => number): number {
	const d = shape - 1 / 3;
	const c = 1 / Math.sqrt(9 * d);
	for (;;) {
		const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
		const v = (1 + c * normal) ** 3;
		if (v > 0 && Math.log(1 - random()) < 0.5 * normal ** 2 + d - d * v + d * Math.log(v)) return d * v;
	}
}
