/*
 * What is usual for a journey, learned from its own past. Robust: the median and the median distance from it (MAD), which one bad day in four weeks does
 * not move; mean and deviation would, and a journey that failed once would never cry again. Of all hours with entries in four weeks, not of the same
 * hour of the week: that would be four numbers, which are no range. So that a daily peak is no alarm, one and a half times the 95th percentile is usual
 * as well. A journey that starts by a weekly broadcast has too few such hours to learn from: a set limit or an entry cap is for it.
 */

/** MADs times this are standard deviations, where numbers are normal. */
const MAD_TO_SIGMA = 1.4826;
const SIGMAS = 6;
const TIMES_MEDIAN = 3;
const TIMES_PEAK = 1.5;

/** Upper end of the usual range, never below the floor, so that small journeys do not cry wolf; null while fewer than `atLeast` numbers are known. */
export function usualUpTo(numbers: readonly number[], { atLeast, floor }: { atLeast: number; floor: number }): number | null {
	if (numbers.length < atLeast) return null;
	const sorted = [...numbers].sort((a, b) => a - b);
	const middle = quantile(sorted, 0.5);
	const mad = quantile(sorted.map((number) => Math.abs(number - middle)).sort((a, b) => a - b), 0.5);
	return Math.max(floor, middle * TIMES_MEDIAN, middle + SIGMAS * MAD_TO_SIGMA * mad, quantile(sorted, 0.95) * TIMES_PEAK);
}

function quantile(sorted: readonly number[], part: number): number {
	const place = (sorted.length - 1) * part;
	const below = sorted[Math.floor(place)] ?? 0;
	return below + ((sorted[Math.ceil(place)] ?? below) - below) * (place - Math.floor(place));
}
