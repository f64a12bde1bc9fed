/**
 * A seeded source of chance (mulberry32): the same seed gives the same people and the same behaviour in every run.
 * @param {number} seed
 */
export function chance(seed) {
	let state = seed >>> 0;
	const next = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
	return {
		/** 0 <= x < 1 */
		next,
		/** @param {number} from @param {number} to Inclusive whole numbers. */
		between: (from, to) => from + Math.floor(next() * (to - from + 1)),
		/** @template T @param {T[]} list @returns {T} */
		pick: (list) => list[Math.floor(next() * list.length)],
		/**
		 * One of the names, by weights that sum to 1; what is left over is 'none'.
		 * @param {Record<string, number>} weights @returns {string}
		 */
		oneOf(weights) {
			let left = next();
			for (const [name, weight] of Object.entries(weights)) {
				if (left < weight) return name;
				left -= weight;
			}
			return 'none';
		},
	};
}
