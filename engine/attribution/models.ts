import { WHOLE } from '../kernel';
import type { AttributionModel } from '../settings/types';

/** Steps of a time-decay weight: so fine that 40 half-lives still weigh something. */
const FINEST = 2 ** 40;

/**
 * What each touch weighs, in their order of time; the touch at which something happened `atMs`. Of one touch all, of two by position half each.
 * The 40/20/40 of position is Bizible's and Google Analytics' "U-shaped" or "position based" model; time decay with a half-life of 7 days is Google Analytics' own.
 */
export function weightsOf(model: AttributionModel, touchesAtMs: readonly number[], halfLifeMs: number): bigint[] {
	const last = touchesAtMs.length - 1;
	switch (model) {
		case 'last': return touchesAtMs.map((_at, n) => (n === last ? 1n : 0n));
		case 'first': return touchesAtMs.map((_at, n) => (n === 0 ? 1n : 0n));
		case 'linear': return touchesAtMs.map(() => 1n);
		case 'position': {
			if (last < 2) return touchesAtMs.map(() => 1n);
			// Each between them 1 part of 5 (n - 2), the ends 2 (n - 2) parts: 40 %.
			return touchesAtMs.map((_at, n) => (n === 0 || n === last ? 2n * BigInt(last - 1) : 1n));
		}
		case 'timeDecay': {
			const newest = touchesAtMs[last] ?? 0;
			return touchesAtMs.map((at) => BigInt(Math.round(FINEST * 2 ** ((at - newest) / halfLifeMs))));
		}
	}
}

/** An amount in parts by weight that add up to it exactly: what is left of rounding down goes to those who lost most by it, the later first. */
export function divide(amount: bigint, weights: readonly bigint[]): bigint[] {
	const all = weights.reduce((sum, weight) => sum + weight, 0n);
	if (all === 0n) return weights.map(() => 0n);
	const shares = weights.map((weight) => (amount * weight) / all);
	const lost = weights.map((weight, n) => ({ n, rest: (amount * weight) % all })).sort((a, b) => (a.rest === b.rest ? b.n - a.n : a.rest > b.rest ? -1 : 1));
	let left = amount - shares.reduce((sum, share) => sum + share, 0n);
	for (const { n } of lost) {
		if (left <= 0n) break;
		shares[n] = (shares[n] ?? 0n) + 1n;
		left -= 1n;
	}
	return shares;
}

/** The credits of one conversion, in millionths. */
export function creditsOf(weights: readonly bigint[]): bigint[] {
	return divide(WHOLE, weights);
}
