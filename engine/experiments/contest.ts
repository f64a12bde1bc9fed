import { combinationsOf, type Combination } from './combinations';
import { emptyEvidence, learn, neededOf, tallyOf, weakestOf, winnerOf, type Chances, type Evidence, type TestSettings } from './evidence';
import type { Experiment } from './experiment';
import { matchPaths, talliesOf, type Path } from './paths';
import type { SplitConfig } from './types';

/** What one matured person adds. */
export interface Observation {
	path: number;
	chances: Chances;
	converted: boolean;
	/** They left the list or complained. */
	objected: boolean;
}

/**
 * One comparison that is made with what people did: of all paths, or of one factor's alternatives whatever the others were. A contestant is a path's number, or an
 * alternative's place; which one a path belongs to, `of` says. What is known of both is kept in the experiment's wagers, each contest under names of its own.
 */
export interface Contest {
	/** null of all paths, else the factor's name. */
	factor: string | null;
	contestants: number[];
	of: ReadonlyMap<number, number>;
	evidence: Evidence;
	/** The same of leaving and complaining; null: nobody asks. */
	guard: Evidence | null;
	names: (contestant: number) => string;
}

/** That of the paths first; each factor's where there are several. */
export function contestsOf(experiment: Pick<Experiment, 'config' | 'wagers'>, paths: readonly Path[]): Contest[] {
	const combinations = combinationsOf(experiment.config.factors ?? []);
	const numbers = matchPaths(paths, combinations.map(({ label }) => label)).map(({ path }) => path);
	return [contestOfPaths(experiment, paths), ...contestsOfFactors(experiment, combinations, numbers, paths)];
}

/** Of everything that is compared by a path's number, as Journey Split does. */
function contestOfPaths({ config, wagers }: Pick<Experiment, 'config' | 'wagers'>, paths: readonly Path[]): Contest {
	const contestants = paths.filter(({ place }) => place !== null).map(({ path }) => path);
	// A removed path's wagers stay in the evidence that is known, and are asked for by nobody.
	const evidence: Evidence = { tallies: talliesOf(paths), wagers: new Map(Object.entries(wagers).filter(([name]) => OF_PATHS.test(name))) };
	const guard = config.mode === 'variants' && config.guarded === true ? guardOf(wagers, paths.map(({ path, matured }) => ({ contestant: path, matured, paths: [path] })), null, String) : null;
	return { factor: null, contestants, of: new Map(paths.map(({ path }) => [path, path])), evidence, guard, names: String };
}

const OF_PATHS = /^\d+>\d+$/;

/** Of several factors, each apart. `numbers`: the combinations' paths. */
function contestsOfFactors({ config, wagers }: { config: SplitConfig; wagers: Experiment['wagers'] }, combinations: readonly Combination[], numbers: readonly number[], paths: readonly Path[]): Contest[] {
	const { factors = [] } = config;
	if (factors.length < 2) return [];
	const byPath = new Map(paths.map((path) => [path.path, path]));
	return factors.map(({ name, alternatives }, at): Contest => {
		const of = new Map(combinations.map(({ places }, n) => [numbers[n] ?? 0, places[at] ?? 0]));
		const parts = alternatives.map((_one, contestant) => {
			const own = [...of].filter(([, place]) => place === contestant).map(([path]) => path);
			const sum = (what: 'matured' | 'conversions') => own.reduce((total, path) => total + (byPath.get(path)?.[what] ?? 0), 0);
			return { contestant, paths: own, matured: sum('matured'), conversions: sum('conversions') };
		});
		const names = (contestant: number): string => alternatives[contestant]?.name ?? '';
		const evidence: Evidence = { tallies: new Map(parts.map(({ contestant, matured, conversions }) => [contestant, { matured, conversions }])), wagers: kept(wagers, 'f', name, names, alternatives.length) };
		return { factor: name, contestants: parts.map(({ contestant }) => contestant), of, evidence, guard: config.guarded === true ? guardOf(wagers, parts, name, names) : null, names };
	});
}

function guardOf(wagers: Experiment['wagers'], parts: ReadonlyArray<{ contestant: number; matured: number; paths: readonly number[] }>, factor: string | null, names: (contestant: number) => string): Evidence {
	const evidence = emptyEvidence();
	for (const { contestant, matured, paths } of parts) evidence.tallies.set(contestant, { matured, conversions: paths.reduce((total, path) => total + (wagers[objections(path)] ?? 0), 0) });
	for (const { contestant: one } of parts) {
		for (const { contestant: other } of parts) {
			const log = wagers[nameOf('g', factor, names(one), names(other))];
			if (one !== other && log !== undefined) evidence.wagers.set(`${one}>${other}`, log);
		}
	}
	return evidence;
}

function kept(wagers: Experiment['wagers'], kind: 'f' | 'g', factor: string, names: (contestant: number) => string, count: number): Map<string, number> {
	const known = new Map<string, number>();
	for (let one = 0; one < count; one += 1) {
		for (let other = 0; other < count; other += 1) {
			const log = wagers[nameOf(kind, factor, names(one), names(other))];
			if (one !== other && log !== undefined) known.set(`${one}>${other}`, log);
		}
	}
	return known;
}

function nameOf(kind: 'f' | 'g', factor: string | null, better: string, worse: string): string {
	return `${kind}${JSON.stringify([factor, better, worse])}`;
}

/** How many objected after a path, among the wagers: they are kept with what they are weighed by. */
export function objections(path: number): string {
	return `objected ${path}`;
}

/** One more matured person. Changes the contest. */
export function observe({ of, evidence, guard }: Contest, { path, chances, converted, objected }: Observation): void {
	const own = of.get(path);
	if (own === undefined) return;
	const together: Record<string, number> = {};
	for (const [key, chance] of Object.entries(chances)) {
		const contestant = of.get(Number(key));
		if (contestant !== undefined) together[String(contestant)] = (together[String(contestant)] ?? 0) + chance;
	}
	learn(evidence, { path: own, chances: together, converted });
	if (guard !== null) learn(guard, { path: own, chances: together, converted: objected });
}

/** Those after which more people object than after another. */
export function harmfulIn({ contestants, guard }: Contest, { alpha }: Pick<TestSettings, 'alpha'>): number[] {
	if (guard === null) return [];
	// Each may be found out against each of the others.
	const needed = neededOf(contestants.length, alpha);
	return contestants.filter((one) => contestants.some((other) => other !== one && weakestOf(guard, one, [one, other]) >= needed));
}

export function winnerIn(contest: Contest, settings: TestSettings): number | null {
	const found = winnerOf(contest.evidence, contest.contestants, settings);
	return found === null || harmfulIn(contest, settings).includes(found) ? null : found;
}

/** As the experiment keeps it. */
export function wagersOf({ factor, evidence, guard, names }: Contest): Record<string, number> {
	const told: Record<string, number> = {};
	for (const [name, log] of evidence.wagers) told[factor === null ? name : named('f', name)] = log;
	for (const [name, log] of guard?.wagers ?? []) told[named('g', name)] = log;
	if (factor === null && guard !== null) for (const path of guard.tallies.keys()) told[objections(path)] = tallyOf(guard, path).conversions;
	return told;

	function named(kind: 'f' | 'g', wager: string): string {
		const [better = '', worse = ''] = wager.split('>');
		return nameOf(kind, factor, names(Number(better)), names(Number(worse)));
	}
}
