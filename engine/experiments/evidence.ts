/**
 * Which path is better, by a test that looking at does not spoil.
 *
 * A person had path a with known chances pi and the outcome y, 0 or 1. For each other path b, look only at people who got one of the two:
 * p = pi_a / (pi_a + pi_b), the others' q. Before y is known somebody wagers, at fair odds, that y shows which of the two it was:
 *
 *     E = q_a(y) / (p q_a(y) + (1 - p) q_b(y)),   q_j(1) = (conversions_j + 1/2) / (matured_j + 1), of the people before.
 *
 * If the metric does not depend on the path, then given y the path is still distributed as it was drawn, so E has mean 1, whatever the
 * rate is, however it drifts, and though a bandit's chances follow from earlier outcomes. So the product over people is a martingale, and by
 * Ville's inequality it ever reaches 1/alpha with probability alpha at most.
 *
 * A wager is booked for the path that it holds for better (q_a > q_b or the other way round). With such wagers alone, E has mean 1 at most also
 * where that path is worse, since E's mean rises in the rate of the path bet on and falls in the other's: then the bound holds against
 * "no better", not only against "no different". A winner of k paths beats every other at k/alpha (one of k may be named by mistake). Of
 * two, 1/alpha is enough where the product of both directions has got there as well: that one is the test of "no different".
 *
 * Only matured people, in order of assignment: who converts is known early, who does not only at the end of the window.
 *
 * Ville, J. (1939): Étude critique de la notion de collectif. Gauthier-Villars, Paris.
 * Turner, R., Ly, A., Grünwald, P. (2024): Generic E-variables for exact sequential k-sample tests that allow for optional stopping. JSPI 230, 106116.
 * Grünwald, P., Henzi, A., Lardy, T. (2023): Anytime-valid tests of conditional independence under model-X. JASA 119, 1554-1565 (chances known, not the rates).
 */

export interface Tally {
	matured: number;
	conversions: number;
}

/** By path number. */
export type Chances = Readonly<Record<string, number>>;

export interface Matured {
	path: number;
	chances: Chances;
	converted: boolean;
}

export interface Evidence {
	tallies: Map<number, Tally>;
	/** 'a>b' -> ln of the product of the wagers that a is better than b; absent: 0. */
	wagers: Map<string, number>;
}

export interface TestSettings {
	alpha: number;
	minimumPeople: number;
}

export function emptyEvidence(): Evidence {
	return { tallies: new Map(), wagers: new Map() };
}

/** One more matured person. Changes `evidence`. */
export function learn(evidence: Evidence, { path, chances, converted }: Matured): void {
	const mine = tallyOf(evidence, path);
	for (const [key, chance] of Object.entries(chances)) {
		const other = Number(key);
		const own = chances[String(path)] ?? 0;
		if (other === path || !(chance > 0) || !(own > 0)) continue;
		const [rate, theirs] = [smoothed(mine), smoothed(tallyOf(evidence, other))];
		if (rate === theirs) continue;
		const share = own / (own + chance);
		const [said, denied] = converted ? [rate, theirs] : [1 - rate, 1 - theirs];
		const bet = rate > theirs ? wager(path, other) : wager(other, path);
		evidence.wagers.set(bet, (evidence.wagers.get(bet) ?? 0) + Math.log(said / (share * said + (1 - share) * denied)));
	}
	evidence.tallies.set(path, { matured: mine.matured + 1, conversions: mine.conversions + (converted ? 1 : 0) });
}

function smoothed({ matured, conversions }: Tally): number {
	return (conversions + 0.5) / (matured + 1);
}

export function tallyOf(evidence: Evidence, path: number): Tally {
	return evidence.tallies.get(path) ?? { matured: 0, conversions: 0 };
}

function wager(better: number, worse: number): string {
	return `${better}>${worse}`;
}

/** ln of what each wager of a winner must reach. */
export function neededOf(paths: number, alpha: number): number {
	return Math.log((paths > 2 ? paths : 1) / alpha);
}

/** ln of the weakest of a path's wagers against the others. */
export function weakestOf({ wagers }: Evidence, path: number, paths: readonly number[]): number {
	const others = paths.filter((other) => other !== path);
	const logs = others.map((other) => {
		const own = wagers.get(wager(path, other)) ?? 0;
		return others.length > 1 ? own : Math.min(own, own + (wagers.get(wager(other, path)) ?? 0));
	});
	return logs.length === 0 ? 0 : Math.min(...logs);
}

/** The path that is better than every other of these, when that is certain enough. */
export function winnerOf(evidence: Evidence, paths: readonly number[], { alpha, minimumPeople }: TestSettings): number | null {
	if (paths.length < 2 || paths.some((path) => tallyOf(evidence, path).matured < minimumPeople)) return null;
	const needed = neededOf(paths.length, alpha);
	return paths.find((path) => weakestOf(evidence, path, paths) >= needed) ?? null;
}
