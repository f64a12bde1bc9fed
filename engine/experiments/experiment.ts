import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { Reader, Store, Tx } from '../store';
import { checkConfig, isCountedAs } from './config';
import { matchPaths, readPaths, writePaths, type Path } from './paths';
import type { SplitConfig } from './types';

export interface StepKey {
	workflow: string;
	step: string;
}

/** A split as it is kept. */
export interface Experiment {
	workflow: string;
	step: string;
	name: string;
	config: SplitConfig;
	round: number;
	since: number;
	wagers: Record<string, number>;
	winner: number | null;
	winner_at: number | null;
	/** Of variants of several factors, by the factor's name. */
	factor_winners: Record<string, { name: string; at: number }> | null;
}

type Row = Omit<Experiment, 'config' | 'wagers' | 'factor_winners'> & { config: SplitConfig | string; wagers: Record<string, number> | string; factor_winners: Experiment['factor_winners'] | string };

export async function readExperiments(reader: Reader, filter: Partial<StepKey>, lock = false): Promise<Experiment[]> {
	const rows = await reader.all<Row>(sql<Row>`select workflow, step, name, config, round, since, wagers, winner, winner_at, factor_winners from experiment
		where ${filter.workflow === undefined ? sql`1 = 1` : sql`workflow = ${filter.workflow}`} and ${filter.step === undefined ? sql`1 = 1` : sql`step = ${filter.step}`}
		order by workflow, step ${lock ? reader.dialect.forUpdate : sql``}`);
	return rows.map((row) => ({ ...row, config: fromColumn<SplitConfig>(row.config), wagers: fromColumn<Record<string, number>>(row.wagers), factor_winners: fromColumn<Experiment['factor_winners']>(row.factor_winners) }));
}

export async function readExperiment(reader: Reader, { workflow, step }: StepKey, lock = false): Promise<Experiment | undefined> {
	return (await readExperiments(reader, { workflow, step }, lock))[0];
}

/** JSON columns come as text on SQLite and as values on PostgreSQL. */
export function fromColumn<Value>(value: Value | string): Value {
	return typeof value === 'string' ? (JSON.parse(value) as Value) : value;
}

/**
 * What a published split says of itself. A change of what is counted begins a new round (people of the old one are drawn again when they come
 * again, and count for nothing); a winner that is no path any more is none.
 */
export async function registerExperiment(store: Store, step: StepKey & { name: string }, config: SplitConfig): Promise<void> {
	checkConfig(config);
	await store.tx('experiment-register', (tx) => writeExperiment(tx, step, config));
}

export async function writeExperiment(tx: Tx, step: StepKey & { name: string }, config: SplitConfig): Promise<{ experiment: Experiment; paths: Path[] }> {
	await tx.run(sql`insert into experiment (workflow, step, name, config, round, since, wagers) values (${step.workflow}, ${step.step}, ${step.name}, ${tx.dialect.json(config)}, 1, ${tx.nowMs}, ${tx.dialect.json({})})
		on conflict (workflow, step) do nothing`);
	const known = await readExperiment(tx, step, true);
	if (known === undefined) throw new EngineError('INTERNAL', 'A split that was just written cannot be read.');
	if (!isCountedAs(config, known.config)) await beginRound(tx, step);
	const matched = matchPaths(await readPaths(tx, step), config.paths.map(({ name }) => name));
	await writePaths(tx, step, matched);
	const there = tx.dialect.anyOf(sql.ref('winner'), matched.map(({ path }) => path));
	await tx.run(sql`update experiment set name = ${step.name}, config = ${tx.dialect.json(config)}, winner_at = case when ${there} then winner_at end,
		winner = case when ${there} then winner end where workflow = ${step.workflow} and step = ${step.step}`);
	const experiment = await readExperiment(tx, step);
	if (experiment === undefined) throw new EngineError('INTERNAL', 'A split that was just written cannot be read.');
	return { experiment, paths: await readPaths(tx, step) };
}

/** Throws NOT_FOUND. */
export async function restartExperiment(store: Store, step: StepKey): Promise<void> {
	await store.tx('experiment-restart', async (tx) => {
		if ((await readExperiment(tx, step, true)) === undefined) throw new EngineError('NOT_FOUND', 'There is no such Journey Split, and no such sender with variants. Publish its workflow first.');
		await beginRound(tx, step);
	});
}

async function beginRound(tx: Tx, { workflow, step }: StepKey): Promise<void> {
	await tx.run(sql`update experiment set round = round + 1, since = ${tx.nowMs}, wagers = ${tx.dialect.json({})}, winner = null, winner_at = null, factor_winners = null where workflow = ${workflow} and step = ${step}`);
	await tx.run(sql`update experiment_path set people = 0, matured = 0, conversions = 0 where workflow = ${workflow} and step = ${step}`);
}
