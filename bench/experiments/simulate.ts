import { banditChances, emptyEvidence, learn, posteriorOf, tallyOf, winnerOf, type Chances, type Evidence, type Matured } from '../../engine/experiments';

/** A stream of numbers from 0 to 1 that a seed fixes (Mulberry32, public domain): a failure can be looked at again. */
export function seeded(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

export interface Trial {
	/** Conversion rate of each path; a function of the person's number where it drifts. */
	rates: ReadonlyArray<number | ((person: number) => number)>;
	people: number;
	/** How often somebody looks: after every so many people. */
	every: number;
	seed: number;
	/** Default: equal parts. floor: a bandit with so much at least for each path. */
	bandit?: { floor: number };
	/** How many people come before the outcome of one is known: the window. Default 0. */
	delay?: number;
	alpha?: number;
	minimumPeople?: number;
}

/** Which path a look names the winner; null: none yet. */
export type Look = (evidence: Evidence, paths: readonly number[], alpha: number, minimumPeople: number) => number | null;

export interface Outcome {
	/** Path of the first look that named one, by its place; null: none did. */
	winner: number | null;
	/** People until then, else all. */
	people: number;
	/** Conversions that were lost against everybody taking the best path. */
	regret: number;
}

/** One experiment from its first person to its last, or to the first look that names a winner. */
export function run({ rates, people, every, seed, bandit, delay = 0, alpha = 0.05, minimumPeople = 100 }: Trial, look: Look | null): Outcome {
	const random = seeded(seed);
	const evidence = emptyEvidence();
	const paths = rates.map((_rate, path) => path);
	const chancesNow = (): number[] => (bandit === undefined ? paths.map(() => 1 / paths.length) : banditChances(paths.map((path) => posteriorOf(tallyOf(evidence, path))), bandit.floor));
	let parts = chancesNow();
	let chances: Chances = Object.fromEntries(parts.entries());
	let regret = 0;
	const waiting: Matured[] = [];
	for (let person = 1; person <= people; person += 1) {
		const path = drawn(parts, random());
		const now = rates.map((rate) => (typeof rate === 'number' ? rate : rate(person)));
		regret += Math.max(...now) - (now[path] ?? 0);
		waiting.push({ path, chances, converted: random() < (now[path] ?? 0) });
		const due = person > delay ? waiting.shift() : undefined;
		if (due !== undefined) learn(evidence, due);
		if (person % every !== 0) continue;
		const winner = look?.(evidence, paths, alpha, minimumPeople) ?? null;
		if (winner !== null) return { winner, people: person, regret };
		parts = chancesNow();
		chances = Object.fromEntries(parts.entries());
	}
	return { winner: null, people, regret };
}

function drawn(parts: readonly number[], at: number): number {
	let end = 0;
	for (const [path, part] of parts.entries()) {
		end += part;
		if (at < end) return path;
	}
	return parts.length - 1;
}

/** Ours. */
export const alwaysValid: Look = (evidence, paths, alpha, minimumPeople) => winnerOf(evidence, paths, { alpha, minimumPeople });

/** What a dashboard does that computes a p-value at each look: two-sided test of two proportions, pooled; of more paths the first against each. */
export const naive: Look = (evidence, [first = 0, ...others], alpha, minimumPeople) => {
	const [a, rest] = [tallyOf(evidence, first), others.map((path) => ({ path, ...tallyOf(evidence, path) }))];
	for (const b of rest) {
		if (a.matured < minimumPeople || b.matured < minimumPeople) continue;
		const pooled = (a.conversions + b.conversions) / (a.matured + b.matured);
		const spread = Math.sqrt(pooled * (1 - pooled) * (1 / a.matured + 1 / b.matured));
		const z = spread === 0 ? 0 : (b.conversions / b.matured - a.conversions / a.matured) / spread;
		if (Math.abs(z) > quantile(alpha)) return z > 0 ? b.path : first;
	}
	return null;
};

/** Of the normal distribution, two-sided, for the levels that are used here. */
function quantile(alpha: number): number {
	const known: Record<string, number> = { '0.05': 1.959964, '0.01': 2.575829 };
	const value = known[String(alpha)];
	if (value === undefined) throw new RangeError(`No quantile is noted for ${alpha}.`);
	return value;
}

/** So many trials that differ by their seed alone. */
export function repeat(trial: Omit<Trial, 'seed'>, runs: number, look: Look | null, seed = 1): Outcome[] {
	return Array.from({ length: runs }, (_none, n) => run({ ...trial, seed: seed + n * 7919 }, look));
}

export function share(outcomes: readonly Outcome[], holds: (outcome: Outcome) => boolean): number {
	return outcomes.filter(holds).length / outcomes.length;
}

export function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}
