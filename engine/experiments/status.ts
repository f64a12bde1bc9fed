import { sql } from 'kysely';

import type { Reader } from '../store';
import { posteriorOf } from './beta';
import { standings } from './best';
import { chancesOf } from './chances';
import { DEFAULT_ALPHA, DEFAULT_MINIMUM_PEOPLE } from './config';
import { contestsOf, harmfulIn, type Contest } from './contest';
import { neededOf, tallyOf, weakestOf, type Evidence } from './evidence';
import { readExperiments, type Experiment, type StepKey } from './experiment';
import { rateInterval } from './interval';
import { readPaths, talliesOf, type Path } from './paths';
import type { ExperimentStatus, FactorStatus, PathStatus } from './types';
import { messagesOfVariants, type VariantMessages } from './variant-messages';

/** Beyond it a number says nothing more, and JSON knows no infinity. */
const MOST_EVIDENCE = 1e12;

export async function statusOf(reader: Reader, filter: Partial<StepKey>): Promise<ExperimentStatus[]> {
	const result: ExperimentStatus[] = [];
	for (const experiment of await readExperiments(reader, filter)) {
		const placed = (await readPaths(reader, experiment)).filter(({ place }) => place !== null).sort((one, other) => (one.place ?? 0) - (other.place ?? 0));
		const maturing = await reader.first<{ n: number }>(sql<{ n: number }>`select count(*) as n from assignment
			where workflow = ${experiment.workflow} and step = ${experiment.step} and matured_at is null and matures_at is not null and round = ${experiment.round}`);
		const seen = view(experiment, placed, Number(maturing?.n ?? 0));
		result.push(experiment.config.mode === 'variants' ? withVariants(seen, experiment, placed, await messagesOfVariants(reader, experiment)) : seen);
	}
	return result;
}

/** Of variants what the ledger says of each; of several factors each apart. */
function withVariants(seen: ExperimentStatus, experiment: Experiment, placed: readonly Path[], messages: (name: string) => VariantMessages): ExperimentStatus {
	const { factor_winners: winners } = experiment;
	const [whole, ...contests] = contestsOf(experiment, placed);
	const harmful = whole === undefined ? [] : harmfulIn(whole, seen);
	const paths = seen.paths.map((path, n): PathStatus => ({ ...path, harmful: harmful.includes(placed[n]?.path ?? 0), messages: messages(path.name) }));
	if (contests.length === 0) return { ...seen, paths };
	const factors = contests.map((contest): FactorStatus => {
		const found = winners?.[contest.factor ?? ''];
		return { name: contest.factor ?? '', alternatives: contest.contestants.map((place) => alternativeOf(contest, place, seen.alpha)), winner: found === undefined ? null : { name: found.name, since: new Date(found.at).toISOString() } };
	});
	return { ...seen, paths, factors };
}

function alternativeOf(contest: Contest, place: number, alpha: number): FactorStatus['alternatives'][number] {
	const { evidence, contestants, names } = contest;
	const tally = tallyOf(evidence, place);
	return {
		name: names(place), ...tally, rate: tally.matured === 0 ? null : tally.conversions / tally.matured, interval: rateInterval(tally, alpha), harmful: harmfulIn(contest, { alpha }).includes(place),
		evidence: Math.min(MOST_EVIDENCE, Math.exp(weakestOf(evidence, place, contestants))), needed: Math.exp(neededOf(contestants.length, alpha)),
	};
}

function view(experiment: Experiment, paths: readonly Path[], maturing: number): ExperimentStatus {
	const { workflow, step, name, config, round, since, winner, winner_at: winnerAt } = experiment;
	const alpha = config.alpha ?? DEFAULT_ALPHA;
	const best = paths.find(({ path }) => path === winner);
	return {
		workflow, step, stepName: name, mode: config.mode, metric: config.metric ?? null, windowMs: config.windowMs ?? null, alpha, minimumPeople: config.minimumPeople ?? DEFAULT_MINIMUM_PEOPLE,
		since: new Date(since).toISOString(), round, paths: pathsOf(experiment, paths, alpha),
		winner: best === undefined || winnerAt === null ? null : { name: best.name, since: new Date(winnerAt).toISOString() },
		sendsToWinner: config.sendToWinner === true, maturing,
	};
}

function pathsOf(experiment: Experiment, paths: readonly Path[], alpha: number): PathStatus[] {
	const numbers = paths.map(({ path }) => path);
	const chances = chancesOf(experiment, numbers, paths);
	const standing = standings(paths.map(posteriorOf));
	const evidence: Evidence = { tallies: talliesOf(paths), wagers: new Map(Object.entries(experiment.wagers)) };
	const first = rateOf(paths[0]);
	return paths.map((path, n) => {
		const rate = rateOf(path);
		return {
			name: path.name, people: path.people, matured: path.matured, conversions: path.conversions, rate, interval: rateInterval(path, alpha),
			allocation: chances[String(path.path)] ?? 0, probabilityBest: standing[n]?.probabilityBest ?? 0, expectedLoss: standing[n]?.expectedLoss ?? 0,
			lift: n === 0 || rate === null || first === null || first === 0 ? null : rate / first - 1,
			evidence: Math.min(MOST_EVIDENCE, Math.exp(weakestOf(evidence, path.path, numbers))), needed: Math.exp(neededOf(numbers.length, alpha)),
		};
	});
}

function rateOf(path: Path | undefined): number | null {
	return path === undefined || path.matured === 0 ? null : path.conversions / path.matured;
}
