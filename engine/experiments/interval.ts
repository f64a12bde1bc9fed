import { logBeta } from './beta';
import type { Tally } from './evidence';

const STEPS = 60;

/**
 * A confidence sequence of a rate: with probability 1 - alpha it holds the rate at every look at once, so looking often costs nothing. All p
 * that the data have not yet refuted: M(p) = B(s + 1/2, f + 1/2) / B(1/2, 1/2) / (p^s (1 - p)^f) < 1/alpha, where M is a martingale with mean 1
 * at the true rate (a mixture over all rates against one of them) and Ville's inequality bounds the probability that it ever gets there.
 *
 * Robbins, H. (1970): Statistical methods related to the law of the iterated logarithm. Annals of Mathematical Statistics 41, 1397-1409.
 * The mixture by Beta(1/2, 1/2): Krichevsky & Trofimov (1981), IEEE Trans. Inf. Theory 27, 199-207.
 */
export function rateInterval({ matured, conversions }: Tally, alpha: number): [low: number, high: number] {
	const others = matured - conversions;
	if (matured === 0) return [0, 1];
	const mixture = logBeta(conversions + 0.5, others + 0.5) - logBeta(0.5, 0.5);
	const refuted = (p: number): boolean => {
		const likelihood = (conversions === 0 ? 0 : conversions * Math.log(p)) + (others === 0 ? 0 : others * Math.log1p(-p));
		return mixture - likelihood >= -Math.log(alpha);
	};
	const rate = conversions / matured;
	return [conversions === 0 ? 0 : edge(rate, 0, refuted), others === 0 ? 1 : edge(rate, 1, refuted)];
}

/** Between a rate that is not refuted and an end that is. */
function edge(inside: number, outside: number, refuted: (p: number) => boolean): number {
	let [kept, gone] = [inside, outside];
	for (let step = 0; step < STEPS; step += 1) {
		const middle = (kept + gone) / 2;
		if (refuted(middle)) gone = middle;
		else kept = middle;
	}
	return kept;
}
