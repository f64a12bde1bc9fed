/** Coefficients of Lanczos's approximation (g = 7, n = 9), as in Numerical Recipes' and Boost's tables; 15 digits. */
const LANCZOS = [
	0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
	12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** ln of the gamma function of a number above 0.5. */
function logGamma(z: number): number {
	const x = z - 1;
	let sum: number = LANCZOS[0];
	for (let n = 1; n < LANCZOS.length; n += 1) sum += (LANCZOS[n] ?? 0) / (x + n);
	const t = x + 7.5;
	return HALF_LOG_TWO_PI + (x + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** ln B(a, b), for a and b of at least 0.5. */
export function logBeta(a: number, b: number): number {
	return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** A rate as it is known after so many conversions of so many people, beginning with every rate alike: Beta(1 + conversions, 1 + others). */
export interface Posterior {
	a: number;
	b: number;
}

export function posteriorOf({ matured, conversions }: { matured: number; conversions: number }): Posterior {
	return { a: 1 + conversions, b: 1 + matured - conversions };
}

/** At `x` from 0 to 1, for a and b of at least 1. */
export function density({ a, b }: Posterior, x: number, log = logBeta(a, b)): number {
	// 0 * -Infinity is none.
	const left = a === 1 ? 0 : (a - 1) * Math.log(x);
	const right = b === 1 ? 0 : (b - 1) * Math.log1p(-x);
	return Math.exp(left + right - log);
}

export function meanOf({ a, b }: Posterior): number {
	return a / (a + b);
}

export function deviationOf({ a, b }: Posterior): number {
	return Math.sqrt((a * b) / ((a + b) ** 2 * (a + b + 1)));
}
