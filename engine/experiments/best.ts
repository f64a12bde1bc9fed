import { density, deviationOf, logBeta, meanOf, type Posterior } from './beta';

/** Points for each path, from this many deviations below its mean to as many above. */
const POINTS = 240;
const DEVIATIONS = 9;

export interface Standing {
	/** Posterior probability of having the highest rate. */
	probabilityBest: number;
	/** By how much the best rate exceeds this one's, on average over the posterior. */
	expectedLoss: number;
}

/**
 * Who is the best, as far as it is known: P(rate j > every other) = ∫ f_j ∏ F_i, and the expected loss E[max rate] - E[rate j] with E[max] =
 * ∫ (1 - ∏ F). By trapezoids over the points of all paths together, so that a path of a million people is seen as sharply as one of ten;
 * drawing instead, as Thompson sampling is mostly done, would leave no exact chance to remember with the assignment.
 *
 * Thompson, W. R. (1933): On the likelihood that one unknown probability exceeds another in view of the evidence of two samples. Biometrika 25, 285-294.
 */
export function standings(posteriors: readonly Posterior[]): Standing[] {
	const grid = gridOf(posteriors);
	const curves = posteriors.map((posterior) => curveOf(posterior, grid));
	const wins = posteriors.map(() => 0);
	let bestMean = grid[0] ?? 0;
	let before: { x: number; all: number; terms: number[] } | undefined;
	for (const [n, x] of grid.entries()) {
		const all = curves.reduce((product, { below }) => product * (below[n] ?? 0), 1);
		const terms = curves.map(({ at }, j) => (at[n] ?? 0) * curves.reduce((product, { below }, i) => (i === j ? product : product * (below[n] ?? 0)), 1));
		if (before !== undefined) {
			const half = (x - before.x) / 2;
			bestMean += half * (2 - all - before.all);
			for (const [j, term] of terms.entries()) wins[j] = (wins[j] ?? 0) + half * (term + (before.terms[j] ?? 0));
		}
		before = { x, all, terms };
	}
	const total = wins.reduce((sum, win) => sum + win, 0);
	return posteriors.map((posterior, j) => ({ probabilityBest: (wins[j] ?? 0) / total, expectedLoss: Math.max(0, bestMean - meanOf(posterior)) }));
}

function gridOf(posteriors: readonly Posterior[]): number[] {
	const points = new Set<number>();
	for (const posterior of posteriors) {
		const [mean, reach] = [meanOf(posterior), DEVIATIONS * deviationOf(posterior)];
		const [low, high] = [Math.max(0, mean - reach), Math.min(1, mean + reach)];
		for (let n = 0; n <= POINTS; n += 1) points.add(low + ((high - low) * n) / POINTS);
	}
	return [...points].sort((one, other) => one - other);
}

/** Density and the probability of being below, at each point. */
function curveOf(posterior: Posterior, grid: readonly number[]): { at: number[]; below: number[] } {
	const log = logBeta(posterior.a, posterior.b);
	const at = grid.map((x) => density(posterior, x, log));
	const below = [0];
	for (let n = 1; n < grid.length; n += 1) below.push((below[n - 1] ?? 0) + (((at[n] ?? 0) + (at[n - 1] ?? 0)) / 2) * ((grid[n] ?? 0) - (grid[n - 1] ?? 0)));
	const whole = below.at(-1) ?? 1;
	return { at: at.map((value) => value / whole), below: below.map((value) => value / whole) };
}

/** The parts that a bandit gives: the probability of being the best, and never less than the floor. Together 1. */
export function banditChances(posteriors: readonly Posterior[], floor: number): number[] {
	return standings(posteriors).map(({ probabilityBest }) => floor + (1 - posteriors.length * floor) * probabilityBest);
}
