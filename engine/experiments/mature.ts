import { sql } from 'kysely';

import type { Store, Tx } from '../store';
import { DEFAULT_ALPHA, DEFAULT_MINIMUM_PEOPLE } from './config';
import { contestsOf, observe, wagersOf, winnerIn, type Contest } from './contest';
import { emptyEvidence, tallyOf, type Chances, type TestSettings } from './evidence';
import { fromColumn, readExperiment, type StepKey } from './experiment';
import { convertedSql, leftSql, objectedSql } from './metric-sql';
import { countPaths, readPaths } from './paths';

/** People a transaction: some hundredths of a second. */
const SLICE = 1000;

/**
 * Assigned -> matured, once its window is over: looks once whether the person converted, and adds them to what is known, in order of assignment.
 * Nothing is looked at again, so the cost follows the people, not the table. Answers with how many there were; more may be due.
 */
export async function matureDue(store: Store, slices: number): Promise<number> {
	let matured = 0;
	for (let slice = 0; slice < slices; ) {
		const due = await store.read((reader) => reader.all<StepKey>(sql<StepKey>`select e.workflow, e.step from experiment e where exists
			(select 1 from assignment a where a.workflow = e.workflow and a.step = e.step and a.matured_at is null and a.matures_at <= ${reader.nowMs}) order by e.workflow, e.step`));
		if (due.length === 0) return matured;
		for (const step of due) {
			matured += await store.tx('experiment-mature', (tx) => matureOf(tx, step));
			slice += 1;
		}
	}
	return matured;
}

interface Due {
	id: number;
	round: number;
	path: number;
	chances: Chances | string | null;
	converted: number | boolean;
	/** Of variants: their message has left. */
	counts: number;
	objected: number;
}

/** Under the experiment's lock: two processes never add the same people, nor in another order. */
async function matureOf(tx: Tx, step: StepKey): Promise<number> {
	const experiment = await readExperiment(tx, step, true);
	if (experiment === undefined) return 0;
	const { config: { metric, mode, alpha = DEFAULT_ALPHA, minimumPeople = DEFAULT_MINIMUM_PEOPLE, windowMs = 0 }, round } = experiment;
	const waiting = sql`a.matured_at is null and a.matures_at <= ${tx.nowMs}`;
	// Locked first, read by a second statement: a merge that is under way may take one of two rows out of the count, and moves the events.
	const ids = await tx.all<{ id: number }>(sql<{ id: number }>`select a.id from assignment a where a.workflow = ${step.workflow} and a.step = ${step.step} and ${waiting}
		order by a.matures_at, a.id limit ${SLICE} ${tx.dialect.forUpdate}`);
	const own = mode === 'variants' ? sql`, case when ${leftSql()} then 1 else 0 end as counts, case when ${objectedSql(windowMs)} then 1 else 0 end as objected` : sql`, 1 as counts, 0 as objected`;
	const due = ids.length === 0 ? [] : await tx.all<Due>(sql<Due>`select a.id, a.round, a.path, a.chances, ${metric === undefined ? sql`0` : sql`case when a.round = ${round} and ${convertedSql(tx.dialect, metric, windowMs)} then 1 else 0 end`} as converted ${own}
		from assignment a where ${tx.dialect.anyOf(sql`a.id`, ids.map(({ id }) => id))} and ${waiting} order by a.matures_at, a.id`);
	if (due.length === 0) return 0;
	const paths = await readPaths(tx, step);
	const contests = contestsOf(experiment, paths);
	const before = new Map(contests[0]?.evidence.tallies);
	let { winner } = experiment;
	const factorWinners: Record<string, { name: string; at: number } | undefined> = { ...experiment.factor_winners };
	const isEvidence = ({ round: of, chances, counts }: Due): boolean => of === round && chances !== null && Number(counts) === 1;
	for (const one of due) {
		if (!isEvidence(one) || one.chances === null) continue;
		const observation = { path: Number(one.path), chances: fromColumn<Chances>(one.chances), converted: Number(one.converted) === 1, objected: Number(one.objected) === 1 };
		// After each person: what is found must not hang on how many come in a slice.
		for (const contest of contests) {
			observe(contest, observation);
			if (contest.factor === null) winner ??= winnerIn(contest, { alpha, minimumPeople });
			else factorWinners[contest.factor] ??= foundIn(contest, { alpha, minimumPeople }, tx.nowMs);
		}
	}
	const rows = due.map((one) => ({ id: one.id, outcome: isEvidence(one) ? Number(one.converted) : null }));
	await tx.run(sql`update assignment set outcome = r.outcome, matured_at = ${tx.nowMs} from ${tx.dialect.rows(rows, { id: 'integer', outcome: 'integer' }, 'r')} where assignment.id = r.id`);
	const evidence = contests[0]?.evidence ?? emptyEvidence();
	const counts = [...evidence.tallies.keys()].map((path) => {
		const [now, then] = [tallyOf(evidence, path), before.get(path) ?? { matured: 0, conversions: 0 }];
		return [path, { matured: now.matured - then.matured, conversions: now.conversions - then.conversions }] as const;
	});
	await countPaths(tx, step, new Map(counts.filter(([, { matured }]) => matured > 0)));
	const found = winner === experiment.winner ? sql`` : sql`, winner = ${winner}, winner_at = ${tx.nowMs}`;
	const ofFactors = contests.length < 2 ? sql`` : sql`, factor_winners = ${tx.dialect.json(withoutNone(factorWinners))}`;
	await tx.run(sql`update experiment set wagers = ${tx.dialect.json(Object.assign({}, ...contests.map(wagersOf)))}${found}${ofFactors} where workflow = ${step.workflow} and step = ${step.step}`);
	return due.length;
}

function foundIn(contest: Contest, settings: TestSettings, nowMs: number): { name: string; at: number } | undefined {
	const place = winnerIn(contest, settings);
	return place === null ? undefined : { name: contest.names(place), at: nowMs };
}

function withoutNone<Value>(given: Record<string, Value | undefined>): Record<string, Value> {
	return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, Value] => entry[1] !== undefined));
}
